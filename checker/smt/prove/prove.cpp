#include "checker/smt/prove/prove.hpp"

#include "model/state/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace vmacheck::prove {
namespace {

void add_word(std::uint64_t& digest, std::uint64_t word) {
    digest = Digest(digest).add_bytes(word).value();
}

// A file name of letters and digits.
std::string file_name(const std::string& name) {
    std::string result;
    for (const char c : name)
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))
            result += c;
        else if (c == ' ' && !result.empty() && result.back() != '-')
            result += '-';
    return result;
}

class ScenarioProof {
public:
    ScenarioProof(const Scenario& scenario, const ProveOptions& options, Neighbourhood::Target target,
                  std::vector<std::uint64_t>* signatures)
        : scenario_(scenario), options_(options), target_(target), signatures_(signatures) {}

    Proved prove() {
        proved_.name = scenario_.name;
        proved_.digest = Digest::start;
        if (target_ == Neighbourhood::Target::start)
            check_starts();
        else
            settle({});
        return std::move(proved_);
    }

private:
    // The start states of these choices, then those of each choice that a run read beyond them.
    void settle(const std::vector<Settled>& settled) {
        Neighbourhood neighbourhood(scenario_, settled);
        neighbourhood.target = target_;
        if (options_.checker) neighbourhood.look_with(options_.checker());
        EnumerateOptions enumeration{options_.solver, signatures_ != nullptr};
        enumeration.solver.context = context_;
        enumeration.solver.near_tries = 600;  // what no other run's assignment satisfies is mostly implied
        enumeration.solver.dump_prefix = file_name(scenario_.name);
        if (target_ == Neighbourhood::Target::start) enumeration.solver.dump_prefix += "-start";
        if (target_ == Neighbourhood::Target::merge_table) enumeration.solver.dump_prefix += "-cases";
        for (const Settled& each : settled)
            enumeration.solver.dump_prefix += fmt::format("-{}is{}", each.vma, each.which);
        PathSet set = enumerate_paths(neighbourhood, enumeration);
        if (set.counts.paths > 0) ++proved_.start_states;
        proved_.counts.add(set.counts);
        proved_.cases |= neighbourhood.cases();
        add_word(proved_.digest, set.digest);
        if (signatures_ != nullptr)
            for (const std::uint64_t each : set.signatures) {
                std::uint64_t signature = each;
                for (const Settled& choice : settled) add_word(signature, choice.vma * 64 + choice.which);
                signatures_->push_back(signature);
            }
        if (set.counterexample) {
            Finding& finding = proved_.finding.emplace();
            finding.origin = {"prove", 0, scenario_.name};
            finding.trace = neighbourhood.trace(set.counterexample->values);
            finding.violations = set.counterexample->violations;
            return;
        }
        for (const std::size_t vma : neighbourhood.asked())
            for (std::size_t which = 0; which < scenario_.vmas[vma].alternatives.size() && !proved_.finding; ++which) {
                std::vector<Settled> more = settled;
                more.push_back({vma, which});
                settle(more);
            }
    }

    // Nothing reads what the VMAs of a start state are: each alternative of each is checked.
    void check_starts() {
        for (std::size_t vma = 0; vma < scenario_.vmas.size(); ++vma)
            for (std::size_t which = 0; which < scenario_.vmas[vma].alternatives.size() && !proved_.finding; ++which)
                settle({{vma, which}});
    }

    const Scenario& scenario_;
    const ProveOptions& options_;
    Neighbourhood::Target target_;
    std::vector<std::uint64_t>* signatures_;
    std::shared_ptr<smt::SolverContext> context_ = smt::make_solver_context();  // start states come in their order
    Proved proved_;
};

const Profile& profile_of(const ProveOptions& options) {
    return options.profile != nullptr ? *options.profile : default_profile();
}

}  // namespace

Proved prove_scenario(const Scenario& scenario, const ProveOptions& options, Neighbourhood::Target target,
                      std::vector<std::uint64_t>* signatures) {
    return ScenarioProof(scenario, options, target, signatures).prove();
}

std::vector<Obligation> obligations(const ProveOptions& options) {
    std::vector<Obligation> all;
    using Target = Neighbourhood::Target;
    const auto add = [&](const std::shared_ptr<const Scenario>& scenario, const std::string& name, Target target) {
        const auto proof = [scenario, target, name](const ProveOptions& o) {
            Proved proved = prove_scenario(*scenario, o, target);
            proved.name = name;
            if (proved.finding) proved.finding->origin.unit = name;
            return proved;
        };
        // A search takes several times as long with each further VMA; each other obligation takes little.
        const bool search = scenario->place == Place::search && target == Target::operation;
        all.push_back({name, proof, search ? scenario->vmas.size() : 0});
    };
    const auto add_all = [&](std::vector<Scenario> scenarios) {
        for (Scenario& each : scenarios) {
            const auto scenario = std::make_shared<const Scenario>(std::move(each));
            add(scenario, "start: " + scenario->name, Target::start);
            if (scenario->wanted.flags != 0) add(scenario, "cases: " + scenario->name, Target::merge_table);
            add(scenario, scenario->name, Target::operation);
        }
    };
    const Profile& profile = profile_of(options);
    add_all(scenarios(options.scope, profile, options.faults));
    add_all(tree_scenarios(options.scope, profile, options.faults));
    add_all(search_scenarios(options.scope, profile, options.faults));
    return all;
}

std::vector<const Finding*> ProveResult::findings() const {
    std::vector<const Finding*> all;
    for (const Proved& each : proved)
        if (each.finding) all.push_back(&*each.finding);
    return all;
}

namespace {

// What threads share.
struct Progressing {
    std::vector<std::optional<Proved>> done;
    std::vector<std::size_t> order;  // in which they are begun
    std::atomic<std::size_t> next = 0;
    std::atomic<std::size_t> stop_at;  // nothing from here on is begun
    std::atomic<bool> stopped = false;
    std::size_t finished = 0;
    std::size_t in_order = 0;  // obligations done, without gaps, and the units they took
    std::uint64_t units = 0;
    std::exception_ptr failure;
    std::mutex mutex;

    explicit Progressing(const std::vector<Obligation>& all) : done(all.size()), stop_at(all.size()) {
        for (std::size_t i = 0; i < all.size(); ++i) order.push_back(i);
        const auto sized = std::find_if(order.begin(), order.end(), [&](std::size_t i) { return all[i].size > 0; });
        std::stable_sort(sized, order.end(), [&](std::size_t a, std::size_t b) { return all[a].size > all[b].size; });
    }

    // Nothing more is begun, from this place in the order on.
    void stop(std::size_t at) {
        stop_at =
            std::min(stop_at.load(), *std::min_element(order.begin() + static_cast<std::ptrdiff_t>(at), order.end()));
        stopped = true;
    }

    void end(std::size_t i, Proved one, const ProveOptions& options) {
        if (one.finding && options.first_finding_only && i + 1 < stop_at) stop_at = i + 1;
        done[i] = std::move(one);
        for (; in_order < done.size() && done[in_order]; ++in_order) {
            if (options.units_in_all != 0 && units >= options.units_in_all) {
                if (in_order < stop_at) stop_at = in_order;
                return;
            }
            units += done[in_order]->counts.solver.units;
        }
    }
};

void mix_in(ProveResult& result, const Proved& one) {
    result.start_states += one.start_states;
    result.counts.add(one.counts);
    result.cases |= one.cases;
    for (const std::uint64_t word : {one.digest, one.start_states, one.counts.paths, one.counts.parts,
                                     one.counts.undecided, std::uint64_t{one.finding ? 1u : 0u}})
        add_word(result.digest, word);
}

}  // namespace

ProveResult prove(const ProveOptions& options, const OnProgress& progress) {
    std::vector<Obligation> all = obligations(options);
    std::erase_if(all, [&](const Obligation& each) { return each.name.rfind(options.only, 0) != 0; });
    Progressing shared(all);
    const auto work = [&] {
        for (std::size_t at; (at = shared.next++) < all.size();) {
            const std::size_t i = shared.order[at];
            if (i >= shared.stop_at) continue;
            try {
                if (options.stop != nullptr && *options.stop) {
                    const std::lock_guard lock(shared.mutex);
                    shared.stop(at);
                    return;
                }
                Proved one = all[i].prove(options);
                const std::lock_guard lock(shared.mutex);
                shared.end(i, std::move(one), options);
                if (progress) progress({++shared.finished, all.size(), {}});
            } catch (...) {
                const std::lock_guard lock(shared.mutex);
                if (!shared.failure) shared.failure = std::current_exception();
                shared.stop_at = 0;
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned i = 1; i < options.jobs; ++i) threads.emplace_back(work);
    work();
    for (std::thread& each : threads) each.join();
    if (shared.failure) std::rethrow_exception(shared.failure);

    ProveResult result;
    result.stopped = shared.stopped;
    result.digest = Digest::start;
    for (std::size_t i = 0; i < shared.stop_at; ++i) {
        mix_in(result, *shared.done[i]);
        result.proved.push_back(*std::move(shared.done[i]));
    }
    if (result.findings().empty()) result.left = all.size() - result.proved.size();
    return result;
}

}  // namespace vmacheck::prove
