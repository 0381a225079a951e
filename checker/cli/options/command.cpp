#include "checker/cli/options/command.hpp"

#include <CLI/CLI.hpp>

namespace vmacheck::cli {

const Option& Option::check(const Check& check) const {
    option_->check(check);
    return *this;
}

const Option& Option::one_of(const std::vector<std::string>& words) const {
    option_->check(CLI::IsMember(words));
    return *this;
}

const Option& Option::between(std::uint64_t least, std::uint64_t most) const {
    option_->check(CLI::Range(least, most));
    return *this;
}

const Option& Option::required() const {
    option_->required();
    return *this;
}

const Option& Option::excludes(const Option& other) const {
    option_->excludes(other.option_);
    return *this;
}

Command Command::add_subcommand(const std::string& name, const std::string& help) const {
    return Command(app_->add_subcommand(name, help));
}

void Command::require_subcommand() const {
    app_->require_subcommand(1);
}

Option Command::add_option(const std::string& names, std::string& value, const std::string& help) const {
    return Option(app_->add_option(names, value, help));
}

Option Command::add_option(const std::string& names, std::optional<std::string>& value, const std::string& help) const {
    return Option(app_->add_option(names, value, help));
}

Option Command::add_option(const std::string& names, std::vector<std::string>& values, const std::string& help) const {
    return Option(app_->add_option(names, values, help));
}

Option Command::add_option(const std::string& names, unsigned& value, const std::string& help) const {
    return Option(app_->add_option(names, value, help));
}

Option Command::add_option(const std::string& names, std::uint64_t& value, const std::string& help) const {
    return Option(app_->add_option(names, value, help));
}

Option Command::add_option(const std::string& names, std::optional<std::uint64_t>& value,
                           const std::string& help) const {
    return Option(app_->add_option(names, value, help));
}

Option Command::add_option(const std::string& names, double& value, const std::string& help) const {
    return Option(app_->add_option(names, value, help));
}

Option Command::add_flag(const std::string& names, bool& value, const std::string& help) const {
    return Option(app_->add_flag(names, value, help));
}

Option Command::add_option_function(const std::string& names, const Option::Check& take,
                                    const std::string& help) const {
    const auto checked = [names, take](const std::string& value) {
        if (const std::string wrong = take(value); !wrong.empty()) throw CLI::ValidationError(names, wrong);
    };
    return Option(app_->add_option_function<std::string>(names, checked, help));
}

Option Command::add_options_function(const std::string& names, const Option::Check& take,
                                     const std::string& help) const {
    const auto checked = [names, take](const std::vector<std::string>& values) {
        for (const std::string& each : values)
            if (const std::string wrong = take(each); !wrong.empty()) throw CLI::ValidationError(names, wrong);
    };
    return Option(app_->add_option_function<std::vector<std::string>>(names, checked, help));
}

void Command::callback(const std::function<void()>& chosen) const {
    app_->callback(chosen);
}

}  // namespace vmacheck::cli
