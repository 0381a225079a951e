// The model with every property as a runner of traces, made to be run over many traces that begin alike.
#pragma once

#include "checker/run/finding.hpp"

namespace vmacheck {

// As replay: a full check of the starting state and of the last, and a check after each step. What trace and header
// state of results is not looked at. A trace that cannot be started holds.
//
// The runner keeps its World with the history of steps from run to run, goes back to where the next trace departs from
// the last, and performs only the rest. It is not to be run by two threads at a time.
TraceRunner model_runner();

}  // namespace vmacheck
