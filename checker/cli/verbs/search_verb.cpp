#include "checker/cli/verbs/search_verb.hpp"

#include "checker/cli/options/messages.hpp"
#include "checker/run/setup.hpp"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace vmacheck::cli {

int run_search_verb(const std::string& verb, const SearchOptions& options,
                    const std::function<Verdict(OutputErrors&)>& search) {
    return run_verb(verb, options.format, [&] {
        if (!options.out.empty()) expect_directory(options.out);
        if (!options.dump_dir.empty()) {
            expect_directory(options.dump_dir);
            make_directory(options.dump_dir);
        }
        OutputErrors errors;
        const Verdict verdict = search(errors);
        return errors.finish(exit_code(verdict));
    });
}

Verdict verdict_of(const std::optional<Finding>& finding, bool complete) {
    if (!finding) return complete ? Verdict::holds : Verdict::undecided;
    return finding->is_internal() ? Verdict::internal : Verdict::violated;
}

void print_search_json(const std::string& verb, Verdict verdict, const Setup& setup,
                       const boost::json::object& fields) {
    boost::json::object object{{"verb", verb}, {"verdict", json_name(verdict)}};
    add_model(object, setup);
    object.insert(fields.begin(), fields.end());
    fmt::print("{}\n", boost::json::serialize(object));
}

std::string digest_text(std::uint64_t digest) {
    return fmt::format("{:#018x}", digest);
}

}  // namespace vmacheck::cli
