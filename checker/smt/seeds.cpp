#include "checker/smt/seeds.hpp"
#include "model/state/digest.hpp"

#include "checker/random/case_runner.hpp"

#include <bit>
#include <cstdlib>
#include <utility>

namespace vmacheck::smt {
namespace {

std::uint64_t class_of(const ConcolicCase& concolic, const std::vector<Op<Plain>>& ops,
                       const ConcolicCase::Decision& decision) {
    const Op<Plain>& op = ops[decision.step];
    Digest digest;
    digest.add(static_cast<std::uint64_t>(op.kind));
    digest.add(op.flags);
    digest.add(op.call_flags);
    digest.add(static_cast<std::uint64_t>(op.advice));
    digest.add(static_cast<std::uint64_t>(decision.constraint->relation));
    // The size of a limit identifies it; distances between pages count as one.
    const auto constant = static_cast<std::uint64_t>(std::abs(decision.constraint->form.constant));
    digest.add(constant < 1024 ? 0 : static_cast<std::uint64_t>(std::bit_width(constant)));
    for (const LinearForm::Term& term : decision.constraint->form.terms) {
        digest.add(concolic.role(term.input));
        digest.add(static_cast<std::uint64_t>(term.coefficient));
    }
    return digest.value();
}

}  // namespace

Seed SeedQueue::next() {
    std::deque<Seed>& from = of_cells_.empty() ? of_sequences_ : of_cells_;
    Seed next = std::move(from.front());
    from.pop_front();
    return next;
}

bool BranchYields::promising(const ConcolicCase& concolic, const std::vector<Op<Plain>>& ops,
                             const ConcolicCase::Decision& decision) {
    const Class& of = classes_[class_of(concolic, ops, decision)];
    // Exact equality is what random numbers meet least.
    const std::uint64_t first = decision.constraint->relation == Relation::not_equal ? 24 : 6;
    return of.tried < first + 4 * of.yield;
}

void BranchYields::note(const ConcolicCase& concolic, const std::vector<Op<Plain>>& ops,
                        const ConcolicCase::Decision& decision, bool gained) {
    Class& of = classes_[class_of(concolic, ops, decision)];
    ++of.tried;
    of.yield += gained ? 1 : 0;
}

}  // namespace vmacheck::smt
