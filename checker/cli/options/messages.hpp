// What the program says of bad input: one line on standard error, and with --format json an object.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace vmacheck::cli {

// One line on standard error, "vmacheck: ...". Control characters (of a file's name, say) are shown as \x0a.
void print_error(const std::string& message);

// What --format json prints where a verb has no result: one object on standard output.
void print_error_object(const std::string& verb, const std::vector<std::string>& messages);

// Several files that cannot be used, a line each.
class BadInputs : public std::runtime_error {
public:
    explicit BadInputs(std::vector<std::string> messages)
        : runtime_error(messages.front()), messages_(std::move(messages)) {}
    [[nodiscard]] const std::vector<std::string>& messages() const { return messages_; }

private:
    std::vector<std::string> messages_;
};

// Reports bad input in both ways; the exit code.
int bad_input(const std::string& verb, const std::string& format, const std::vector<std::string>& messages);

// Runs any verb. A file, scope or option that cannot be used (std::runtime_error) becomes one line and the exit code of
// bad input. A failing standard output and an assertion of the model are the program's to report.
int run_verb(const std::string& verb, const std::string& format, const std::function<int()>& f);

}  // namespace vmacheck::cli
