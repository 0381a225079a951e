// Names the kernel function in progress, for findings that the model itself makes.
#pragma once

#include "model/state/world.hpp"

namespace vmacheck {

template <class D>
class FunctionScope {
public:
    FunctionScope(World<D>& world, const char* function) : world_(world), caller_(world.in_function) {
        world.in_function = function;
    }
    ~FunctionScope() { world_.in_function = caller_; }
    FunctionScope(const FunctionScope&) = delete;
    FunctionScope& operator=(const FunctionScope&) = delete;

private:
    World<D>& world_;
    const char* caller_;
};

}  // namespace vmacheck
