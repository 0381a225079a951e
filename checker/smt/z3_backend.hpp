// Z3 behind the façade. Its frames follow those of the query lazily: what is popped before Z3 is asked never reaches
// it.
#pragma once

#include "checker/smt/query.hpp"

namespace vmacheck::smt {

class Z3Backend {
public:
    explicit Z3Backend(std::shared_ptr<SolverContext> context);
    ~Z3Backend();
    Z3Backend(const Z3Backend&) = delete;
    Z3Backend& operator=(const Z3Backend&) = delete;

    // With at most so many of Z3's resource units (0: no limit); adds those it took to `units`. After sat, values() is
    // an assignment of all inputs.
    SolverAnswer check(const Query& query, std::uint64_t limit, std::uint64_t& units);
    [[nodiscard]] const std::vector<std::int64_t>& values() const { return values_; }

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    std::vector<std::int64_t> values_;
};

}  // namespace vmacheck::smt
