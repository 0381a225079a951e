#include "checker/cli/options/messages.hpp"

#include "checker/run/verdict.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cstdio>
#include <system_error>

namespace vmacheck::cli {

void print_error(const std::string& message) {
    fmt::print(stderr, "vmacheck: {}\n", escape_control(message));
}

void print_error_object(const std::string& verb, const std::vector<std::string>& messages) {
    const boost::json::object object{{"verb", verb},
                                     {"verdict", json_name(Verdict::bad_input)},
                                     {"errors", boost::json::array(messages.begin(), messages.end())}};
    fmt::print("{}\n", boost::json::serialize(object));
}

int bad_input(const std::string& verb, const std::string& format, const std::vector<std::string>& messages) {
    if (format == "json") print_error_object(verb, messages);
    for (const std::string& each : messages) print_error(each);
    return exit_code(Verdict::bad_input);
}

int run_verb(const std::string& verb, const std::string& format, const std::function<int()>& f) {
    try {
        return f();
    } catch (const BadInputs& error) {
        return bad_input(verb, format, error.messages());
    } catch (const std::system_error&) {  // of printing
        throw;
    } catch (const std::runtime_error& error) {
        return bad_input(verb, format, {error.what()});
    }
}

}  // namespace vmacheck::cli
