#include "checker/exhaustive/symmetry.hpp"

#include "model/state/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <stdexcept>

namespace vmacheck {
namespace {

bool alone_with_inode(const std::vector<FileSpec>& files, std::size_t file) {
    const auto inode = files[file].inode;
    return inode == 0 ||
           std::count_if(files.begin(), files.end(), [&](const FileSpec& each) { return each.inode == inode; }) == 1;
}

bool named(const std::vector<std::uint16_t>& numbers, std::size_t file) {
    return std::find(numbers.begin(), numbers.end(), file + 1) != numbers.end();
}

bool equal_files(const Scope& scope, std::size_t a, std::size_t b) {
    const std::vector<FileSpec>& files = scope.setup.parameters.files;
    if (!alone_with_inode(files, a) || !alone_with_inode(files, b)) return false;
    FileSpec renamed = files[a];
    renamed.name = files[b].name;
    renamed.inode = files[b].inode;
    const auto handed_over = [&](const FileSpec& each) { return each.mmap_file == a + 1 || each.mmap_file == b + 1; };
    return renamed == files[b] && std::none_of(files.begin(), files.end(), handed_over) &&
           std::all_of(scope.calls.begin(), scope.calls.end(),
                       [&](const Calls& each) { return named(each.files, a) == named(each.files, b); });
}

// Whether the order puts each file in the place of an equal one.
bool keeps_equality(const Scope& scope, const std::vector<std::uint16_t>& order) {
    for (std::size_t i = 0; i < order.size(); ++i)
        if (order[i] != i && !equal_files(scope, i, order[i])) return false;
    return true;
}

}  // namespace

std::vector<std::vector<std::uint16_t>> equal_file_orders(const Scope& scope) {
    std::vector<std::uint16_t> order(scope.setup.parameters.files.size());
    std::iota(order.begin(), order.end(), std::uint16_t{0});
    // A starting layout may map one of them and not the other.
    if (!scope.setup.layout.empty()) return {order};
    std::vector<std::vector<std::uint16_t>> orders;
    do {
        if (keeps_equality(scope, order)) orders.push_back(order);
    } while (std::next_permutation(order.begin(), order.end()));
    return orders;
}

OrbitForm::OrbitForm(const Scope& scope, const Reduction& reduction)
    : processes_(scope.processes), file_orders_(equal_file_orders(scope)), form_(reduction) {
    if (processes_ > most_processes)
        throw std::runtime_error(fmt::format("scope {} has {} processes; --reduce takes at most {}", scope.name,
                                             processes_, most_processes));
}

// False: the World is inconsistent, by any name.
bool OrbitForm::compare(const World<Plain>& world, const Renaming& renaming) {
    if (!form_.take(world, &renaming)) return false;
    const auto key = form_.key();
    if (equal_ != 0) {
        const auto order = std::lexicographical_compare_three_way(key.begin(), key.end(), key_.begin(), key_.end());
        if (order > 0) return true;
        if (order == 0) {
            ++equal_;
            return true;
        }
    }
    key_.assign(key.begin(), key.end());
    equal_ = 1;
    return true;
}

bool OrbitForm::take(const World<Plain>& world) {
    Renaming renaming;
    const auto& processes = world.globals().processes;
    for (std::size_t slot = 0; slot < processes.size(); ++slot)
        if (processes[slot]) renaming.slots.push_back(static_cast<std::uint8_t>(slot));
    const std::uint64_t living = renaming.slots.size();
    equal_ = 0;
    do {
        for (const auto& order : file_orders_) {
            renaming.files = order;
            if (!compare(world, renaming)) return false;
        }
    } while (std::next_permutation(renaming.slots.begin(), renaming.slots.end()));
    // Each way to place the living in the slots, and each order of the files, that is not the same state again.
    members_ = file_orders_.size();
    for (std::uint64_t i = 0; i < living; ++i) members_ *= processes_ - i;
    members_ /= equal_;
    return true;
}

}  // namespace vmacheck
