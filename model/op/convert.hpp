// An operation over another domain: traced numbers of a plain one are constants of the run at hand; a plain one of
// traced numbers is what it is in that run.
#pragma once

#include "model/op/op_table.hpp"

#include <type_traits>

namespace vmacheck {

template <class To, class From>
Op<To> convert(const Op<From>& op) {
    Op<To> made;
    made.kind = op.kind;
    made.process = op.process;
    made.fail_alloc = op.fail_alloc;
    made.meanwhile = op.meanwhile;
    each_field([&](OpField field) {
        with_field(op, field, [&](const auto& from) {
            with_field(made, field, [&](auto& to) {
                using Member = std::decay_t<decltype(from)>;
                if constexpr (std::is_same_v<Member, Bytes<From>>) {
                    if constexpr (std::is_same_v<std::decay_t<decltype(to)>, Bytes<To>>)
                        to = {Number<To>(from.page.value()), from.offset};
                } else if constexpr (std::is_same_v<std::decay_t<decltype(to)>, Member>) {
                    to = from;
                }
            });
        });
    });
    return made;
}

}  // namespace vmacheck
