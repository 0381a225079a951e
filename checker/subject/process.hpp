// A program as a subject: started as a process, it speaks the protocol of checker/conform/PROTOCOL.md.
//
// It is never trusted: each answer has a time limit and is checked as a trace is. A program that ends, hangs or answers
// nonsense is lost (SubjectLost), and with it every process that it started.
#pragma once

#include "checker/subject/child_process.hpp"
#include "checker/subject/protocol.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace vmacheck {

struct ProcessOptions {
    std::string name = "program";  // of the subject
    bool is_guest = false;         // its standard error is a kernel's console, whose reports are violations
    std::chrono::milliseconds start_limit{60'000};   // for the first answer: a guest boots
    std::chrono::milliseconds answer_limit{20'000};  // for each further one
};

class ProcessSubject final : public Subject {
public:
    // Starts the command and greets it. Throws SubjectLost if that fails.
    ProcessSubject(const std::vector<std::string>& command, ProcessOptions options);

    [[nodiscard]] SubjectInfo hello() const override;
    // Only if it starts exactly so.
    [[nodiscard]] std::optional<std::string> reset(const Setup& setup) override;
    // Starts the program again if it was lost. Never throws SubjectLost: it returns why the program cannot start.
    [[nodiscard]] std::variant<Setup, std::string> start(const Setup& wanted) override;
    [[nodiscard]] std::optional<std::string> refuses(const Op<Plain>& op) const override;
    Answer step(const Op<Plain>& op) override;
    std::vector<Answer> perform(std::span<const Op<Plain>> ops, Layouts layouts) override;
    [[nodiscard]] Observation observe(const Detail& detail) override;
    void begin(std::span<const Op<Plain>> ops, Layouts layouts) override;
    [[nodiscard]] Performed performed() override;
    void abandon() override;
    [[nodiscard]] std::vector<Violation> end() override;

    // What the program says of itself.
    [[nodiscard]] const Hello& greeting() const { return hello_; }

private:
    void launch();
    // What is wrong with an answer loses the subject.
    template <class F>
    auto or_lose(F&& asks);
    template <class F>
    auto ask_and_read(const std::string& request, F&& read);
    [[nodiscard]] Observation read_seen(const std::string& answer, const Detail& detail) const;
    void remember(const Op<Plain>& op, const Answer& answer);
    // What a guest's kernel says is wrong, since it was last asked.
    [[nodiscard]] std::vector<Violation> take_reports();

    std::vector<std::string> command_;
    ProcessOptions options_;
    Hello hello_;
    Start start_;
    std::vector<std::uint16_t> files_shown_as_;  // by id
    std::array<bool, max_processes> alive_{};
    std::unique_ptr<ChildProcess> program_;
    std::vector<Violation> last_reports_;       // of a guest that was lost
    std::deque<std::vector<Op<Plain>>> ahead_;  // batches that were written, and not answered yet
};

}  // namespace vmacheck
