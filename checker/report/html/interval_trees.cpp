#include "checker/report/html/interval_trees.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace vmacheck::html {
namespace {

// Pixels.
constexpr int tree_node_width = 138;
constexpr int tree_node_height = 44;
constexpr int between_nodes = 10;
constexpr int level = 66;
constexpr std::size_t most_drawn_nodes = 8;  // more are a list

std::string key_text(const IntervalView& node) {
    return fmt::format("{:#x}-{:#x}, max {:#x}", node.first, node.last, node.subtree_last);
}

std::string tree_svg(const IntervalTreeView& tree, VmaNames& names) {
    std::size_t depth = 0;
    for (const IntervalView& each : tree.nodes) depth = std::max(depth, each.depth);
    const auto x_of = [](std::size_t place) { return 1 + static_cast<int>(place) * (tree_node_width + between_nodes); };
    const auto y_of = [](const IntervalView& node) { return 1 + static_cast<int>(node.depth) * level; };
    const int width = x_of(tree.nodes.size()) - between_nodes + 1;
    const int height = static_cast<int>(depth) * level + tree_node_height + 2;
    std::string text = fmt::format(
        "<svg class=interval width={0} height={1} viewBox=\"0 0 {0} {1}\" role=img aria-label=\"interval tree\">",
        width, height);
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const IntervalView& node = tree.nodes[i];
        if (node.parent < 0) continue;
        const auto parent = static_cast<std::size_t>(node.parent);
        text += fmt::format("<path class=tree d=\"M{} {}L{} {}\"/>", x_of(parent) + tree_node_width / 2,
                            y_of(tree.nodes[parent]) + tree_node_height, x_of(i) + tree_node_width / 2, y_of(node));
    }
    for (std::size_t i = 0; i < tree.nodes.size(); ++i) {
        const IntervalView& node = tree.nodes[i];
        const std::size_t index = names.index(node.vma);
        text += fmt::format(
            "<g class=\"node{}\" data-v={}><rect x={} y={} width={} height={} rx=5 /><text class=name x={} y={} "
            "text-anchor=middle>{}, process {}</text><text class=counts x={} y={} text-anchor=middle>{}</text></g>",
            node.red ? " red" : "", index, x_of(i), y_of(node), tree_node_width, tree_node_height,
            x_of(i) + tree_node_width / 2, y_of(node) + 18, VmaNames::text(index), node.slot,
            x_of(i) + tree_node_width / 2, y_of(node) + 35, key_text(node));
    }
    return text + "</svg>";
}

std::string tree_list(const IntervalTreeView& tree, VmaNames& names) {
    std::string text = "<ul class=nodes>";
    for (const IntervalView& each : tree.nodes)
        text += fmt::format("<li style=\"margin-left:{}em\" data-v={}>{}, process {}: {}{}</li>", each.depth,
                            names.index(each.vma), VmaNames::text(names.index(each.vma)), each.slot, key_text(each),
                            each.red ? ", red" : "");
    return text + (tree.whole ? "</ul>" : "<li>and more</li></ul>");
}

}  // namespace

std::string interval_trees(const ReverseMapView& view, VmaNames& names) {
    std::string text;
    for (const IntervalTreeView& each : view.trees) {
        const std::string title =
            each.anon != 0 ? fmt::format("anon_vma {}", each.anon) : fmt::format("i_mmap of {}", each.file);
        const bool drawn = each.whole && each.nodes.size() <= most_drawn_nodes;
        text += fmt::format("<figure class=tree><figcaption>{}</figcaption>{}</figure>", title,
                            drawn ? tree_svg(each, names) : tree_list(each, names));
    }
    return text.empty() ? text : text + "<p class=soft>Dashed: red nodes. max: the last page offset below a node.</p>";
}

}  // namespace vmacheck::html
