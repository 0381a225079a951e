#include "checker/cli/manual/completion.hpp"

#include "checker/exhaustive/built_in_scopes.hpp"
#include "checker/subject/named_subjects.hpp"
#include "model/faults/fault_table.hpp"
#include "model/profiles/profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace vmacheck::cli {
namespace {

constexpr std::string_view list_of_words = "--faults";  // the option whose value is words with commas between

template <class Row>
std::vector<std::string> names_in(std::span<const Row> rows) {
    std::vector<std::string> names;
    for (const Row& each : rows) names.emplace_back(each.name);
    return names;
}

// The words of an option's value: those that the option is checked against, or the names that there are of its kind.
std::vector<std::string> words_of(const OptionDescription& option) {
    if (!option.words.empty()) return option.words;
    const std::string& name = option.names.back();
    if (name == "--profile") return names_in(all_profiles());
    if (name == list_of_words) return names_in(all_faults());
    if (name == "--scope") return names_in(built_in_scopes());
    if (name == "--on") return names_in(named_subjects());
    return {};
}

std::string names_of(const std::vector<VerbDescription>& verbs) {
    std::string names;
    for (const VerbDescription& each : verbs) names += (names.empty() ? "" : " ") + each.name;
    return names;
}

// ------------------------------------------------------------------------------------------------------------- bash

// The patterns of `case "$verb $previous"`, by the words that they lead to.
using Patterns = std::map<std::string, std::vector<std::string>>;

struct BashCases {
    Patterns of_value;                 // 'campaign --format'
    Patterns of_option;                // campaign
    std::vector<std::string> parents;  // of other verbs: faults
};

void add_cases(const std::string& name, const VerbDescription& verb, BashCases& cases) {
    std::string options = "--help";
    for (const OptionDescription& option : verb.options) {
        const std::vector<std::string> words = words_of(option);
        // A positional argument follows the verb.
        const std::vector<std::string> after =
            option.positional ? std::vector{name.substr(name.rfind(' ') + 1)} : option.names;
        if (!option.positional)
            for (const std::string& each : option.names) options += " " + each;
        if (words.empty()) continue;
        for (const std::string& each : after)
            cases.of_value[fmt::format("{}", fmt::join(words, " "))].push_back(fmt::format("'{} {}'", name, each));
    }
    cases.of_option[options].push_back("'" + name + "'");
    if (verb.verbs.empty()) return;
    cases.parents.push_back(name);
    cases.of_value[names_of(verb.verbs)].push_back(fmt::format("'{0} {0}'", name));
    for (const VerbDescription& each : verb.verbs) add_cases(name + " " + each.name, each, cases);
}

std::string case_arms(const Patterns& patterns) {
    std::string text;
    for (const auto& [words, of] : patterns)
        text += fmt::format("    {})\n        words='{}' ;;\n", fmt::join(of, " | "), words);
    return text;
}

std::string bash_script(const VerbDescription& program) {
    BashCases cases;
    for (const VerbDescription& each : program.verbs) add_cases(each.name, each, cases);
    return fmt::format(
        R"script(# Completion of vmacheck in bash: eval "$(vmacheck completion bash)"
_vmacheck() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    local verb=${{COMP_WORDS[1]}} words='' before=''
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W '--help --version {}' -- "$word"))
        return
    fi
    case $verb in
    {}) [ "$COMP_CWORD" -gt 2 ] && verb="$verb ${{COMP_WORDS[2]}}" ;;
    esac
    case "$verb $previous" in
{}    esac
    if [ -z "$words" ] && [ "${{word:0:1}}" = - ]; then
        case $verb in
{}        esac
    fi
    if [ "$previous" = {} ] && [ "${{word%,*}}" != "$word" ]; then
        before=${{word%,*}},
        word=${{word##*,}}
    fi
    [ -n "$words" ] && COMPREPLY=($(compgen -P "$before" -W "$words" -- "$word"))
}}
complete -o default -F _vmacheck vmacheck
)script",
        names_of(program.verbs), fmt::join(cases.parents, " | "), case_arms(cases.of_value), case_arms(cases.of_option),
        list_of_words);
}

// -------------------------------------------------------------------------------------------------------------- zsh

// Within single quotes; a colon ends a part of what zsh reads, and a bracket a help text.
std::string zsh_text(std::string_view text) {
    std::string made;
    for (const char each : text) {
        if (each == '\'')
            made += "'\\'";
        else if (each == ':' || each == '[' || each == ']' || each == '\\')
            made += '\\';
        made += each;
    }
    return made;
}

std::string zsh_action(const OptionDescription& option) {
    const std::vector<std::string> words = words_of(option);
    if (words.empty()) return "_files";
    if (option.names.back() == list_of_words) return fmt::format("_values -s , fault {}", fmt::join(words, " "));
    return fmt::format("({})", zsh_text(fmt::format("{}", fmt::join(words, " "))));
}

void add_arguments(const VerbDescription& verb, std::string& arguments) {
    for (const OptionDescription& option : verb.options) {
        if (option.positional) {
            if (!option.words.empty())
                arguments += fmt::format(" \\\n            '1:{}:{}'", option.value, zsh_action(option));
            continue;
        }
        for (const std::string& name : option.names) {
            arguments +=
                fmt::format(" \\\n            '{}{}[{}]", option.repeated ? "*" : "", name, zsh_text(option.help));
            arguments += option.value.empty() ? "'" : fmt::format(":{}:{}'", option.value, zsh_action(option));
        }
    }
    for (const VerbDescription& each : verb.verbs) add_arguments(each, arguments);
}

std::string zsh_script(const VerbDescription& program) {
    std::string verbs;
    std::string cases;
    for (const VerbDescription& each : program.verbs) {
        verbs += fmt::format("        '{}:{}'\n", each.name, zsh_text(each.help));
        std::string arguments = " '--help[print the help and exit]'";
        add_arguments(each, arguments);
        if (!each.verbs.empty()) arguments += fmt::format(" \\\n            '1:what:({})'", names_of(each.verbs));
        cases +=
            fmt::format("    {})\n        _arguments{} \\\n            '*:file:_files' ;;\n", each.name, arguments);
    }
    return fmt::format(R"script(#compdef vmacheck
# Completion of vmacheck in zsh: a file _vmacheck in a directory of $fpath.
_vmacheck() {{
    local -a verbs
    verbs=(
{}    )
    if (( CURRENT == 2 )); then
        _describe verb verbs
        return
    fi
    shift words
    (( CURRENT-- ))
    case $words[1] in
{}    esac
}}
_vmacheck "$@"
)script",
                       verbs, cases);
}

}  // namespace

const std::vector<Shell>& shells() {
    static const std::vector<Shell> all{{"bash", bash_script}, {"zsh", zsh_script}};
    return all;
}

}  // namespace vmacheck::cli
