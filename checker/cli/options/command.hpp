// A verb on the command line, and its options. CLI11 is seen by command.cpp, rerun_command.cpp, program.cpp and
// manual/description.cpp alone: it is a large header, and its users are many.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace vmacheck::cli {

// An option that was declared. The names of its methods are those of CLI11.
class Option {
public:
    // Reports what is wrong with a value; empty: nothing.
    using Check = std::function<std::string(const std::string&)>;

    explicit Option(CLI::Option* option) : option_(option) {}
    const Option& check(const Check& check) const;
    const Option& one_of(const std::vector<std::string>& words) const;     // any of these words
    const Option& between(std::uint64_t least, std::uint64_t most) const;  // a number in this range
    const Option& required() const;
    const Option& excludes(const Option& other) const;

private:
    CLI::Option* option_;
};

class Command {
public:
    explicit Command(CLI::App* app) : app_(app) {}

    [[nodiscard]] Command add_subcommand(const std::string& name, const std::string& help) const;
    // One of its subcommands must be named.
    void require_subcommand() const;
    // Names as CLI11 has them: "--out", "-o,--out", or "TRACE" of a positional argument. What is not given keeps its
    // value.
    Option add_option(const std::string& names, std::string& value, const std::string& help) const;
    Option add_option(const std::string& names, std::optional<std::string>& value, const std::string& help) const;
    Option add_option(const std::string& names, std::vector<std::string>& values, const std::string& help) const;
    Option add_option(const std::string& names, unsigned& value, const std::string& help) const;
    Option add_option(const std::string& names, std::uint64_t& value, const std::string& help) const;
    Option add_option(const std::string& names, std::optional<std::uint64_t>& value, const std::string& help) const;
    Option add_option(const std::string& names, double& value, const std::string& help) const;
    Option add_flag(const std::string& names, bool& value, const std::string& help) const;
    // `take` is called with the value as the option is read; it returns what is wrong, empty: nothing.
    Option add_option_function(const std::string& names, const Option::Check& take, const std::string& help) const;
    Option add_options_function(const std::string& names, const Option::Check& take, const std::string& help) const;
    // Called after all options were read, if the verb was chosen.
    void callback(const std::function<void()>& chosen) const;

    [[nodiscard]] const CLI::App& app() const { return *app_; }

private:
    CLI::App* app_;
};

}  // namespace vmacheck::cli
