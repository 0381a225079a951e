#include "checker/cli/manual/man_page.hpp"

#include "checker/cli/options/exit_codes.hpp"
#include "checker/run/version.hpp"

#include <fmt/format.h>

namespace vmacheck::cli {
namespace {

// What roff reads as text: a line that begins with a dot or a quote would be a request, and a plain hyphen is not the
// minus that an option is typed with.
std::string roff(std::string_view text) {
    std::string made;
    for (const char each : text) {
        if (made.empty() && (each == '.' || each == '\'')) made += "\\&";
        if (each == '\\')
            made += "\\e";
        else if (each == '-')
            made += "\\-";
        else
            made += each;
    }
    return made;
}

std::string names_of(const OptionDescription& option) {
    std::string text;
    for (const std::string& each : option.names)
        text += fmt::format("{}\\fB{}\\fR", text.empty() ? "" : ", ", roff(each));
    if (option.positional || option.value.empty()) return text;
    const std::string value = option.words.empty() ? option.value : fmt::format("{}", fmt::join(option.words, "|"));
    return text + fmt::format(" \\fI{}\\fR{}", roff(value), option.repeated ? " ..." : "");
}

std::string tagged(const std::string& tag, std::string_view text) {
    return fmt::format(".TP\n{}\n{}\n", tag, roff(text));
}

std::string call_of(const std::string& name, const VerbDescription& verb) {
    std::string text = fmt::format("\\fBvmacheck {}\\fR", roff(name));
    if (!verb.verbs.empty()) return text + " \\fIWHAT\\fR";
    for (const OptionDescription& each : verb.options)
        if (each.positional)
            text += fmt::format(" \\fI{}\\fR{}", roff(each.names.front()), each.repeated ? " ..." : "");
    return text;
}

void add_verb(const std::string& name, const VerbDescription& verb, std::string& page) {
    page += fmt::format(".SS {}\n{}\n.PP\n{}\n", roff(name), call_of(name, verb), roff(verb.help));
    for (const OptionDescription& each : verb.options) page += tagged(names_of(each), each.help);
    for (const VerbDescription& each : verb.verbs) {
        if (each.options.empty())
            page += tagged(fmt::format("\\fB{}\\fR", roff(each.name)), each.help);
        else
            add_verb(name + " " + each.name, each, page);
    }
}

}  // namespace

std::string man_page(const VerbDescription& program) {
    const std::string what = program.help.substr(program.help.find(": ") + 2);  // "vmacheck: a deterministic ..."
    std::string page = fmt::format(
        ".TH VMACHECK 1 \"\" \"vmacheck {}\" \"User Commands\"\n"
        ".SH NAME\nvmacheck \\- {}\n"
        ".SH SYNOPSIS\n\\fBvmacheck\\fR \\fIVERB\\fR [\\fIOPTIONS\\fR]\n"
        ".SH DESCRIPTION\n"
        "vmacheck has an executable model of how Linux keeps the address space of a process, with the rules of "
        "several\n"
        "kernel versions. It performs calls on the model, and checks properties after each. What breaks one is "
        "written\n"
        "as a trace of few calls, which the other verbs take.\n"
        ".PP\n"
        "Without options,\n.B vmacheck campaign\nis the main job. Each run ends with the command to paste next.\n"
        ".SH VERBS\n",
        program_version, roff(what));
    for (const VerbDescription& each : program.verbs) add_verb(each.name, each, page);
    page += ".SH EXIT STATUS\n";
    for (const ExitCode& each : exit_codes) page += tagged(fmt::format("\\fB{}\\fR", each.code), each.meaning);
    page +=
        ".SH EXAMPLES\n"
        ".TP\n\\fBvmacheck random \\-\\-faults adjust\\-gap\\-not\\-updated\\fR\n"
        "A known mistake is switched on, found, and reduced to three calls.\n"
        ".TP\n\\fBvmacheck conform \\-\\-on running\\fR\n"
        "The running kernel is held against the model with its rules.\n";
    return page;
}

}  // namespace vmacheck::cli
