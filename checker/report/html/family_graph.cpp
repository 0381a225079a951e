#include "checker/report/html/family_graph.hpp"

#include "checker/report/html/markup.hpp"
#include "checker/report/picture.hpp"
#include "traces/format/names.hpp"
#include "traces/observe/vma_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace vmacheck::html {
namespace {

// Pixels.
constexpr int node_width = 480;
constexpr int node_height = 48;
constexpr int note_height = 18;  // more, where an anon_vma has a note
constexpr int step_right = 26;   // of a child
constexpr int between = 14;
constexpr int edge_width = 150;
constexpr int vma_width = 300;
constexpr int vma_height = 44;

struct Node {
    const AnonVmaView* is = nullptr;   // nullptr: freed
    const AnonVmaView* was = nullptr;  // nullptr: new
    std::size_t depth = 0;
    std::string note;
    int y = 0;
    [[nodiscard]] const AnonVmaView& view() const { return is != nullptr ? *is : *was; }
    [[nodiscard]] int x() const { return static_cast<int>(depth) * step_right; }
    [[nodiscard]] int height() const { return node_height + (note.empty() ? 0 : note_height); }
};

struct VmaNode {
    const FamilyVma* vma;
    const FamilyVma* was;  // nullptr: new, or with no anon_vma before
    int y = 0;
};

const AnonVmaView* find(const ReverseMapView& view, unsigned number) {
    for (const AnonVmaView& each : view.anon_vmas)
        if (each.number == number) return &each;
    return nullptr;
}

const FamilyVma* find(const ReverseMapView& view, const VmaView& vma) {
    for (const FamilyVma& each : view.vmas)
        if (key_of(each.vma) == key_of(vma)) return &each;
    return nullptr;
}

// "owned by process 2 and process 3": only a bug gives an anon_vma two owners.
std::string owners(const ReverseMapView& view, unsigned number) {
    std::set<std::size_t> slots;
    for (const FamilyVma& each : view.vmas)
        if (each.vma.anon_vma == number) slots.insert(each.slot);
    if (slots.size() < 2) return {};
    std::vector<std::string> texts;
    for (const std::size_t slot : slots) texts.push_back(fmt::format("process {}", slot));
    return fmt::format("owned by {}", fmt::join(texts, " and "));
}

// "degree 1", or "degree 1 → 2" where the step changed it.
std::string counter(std::string_view name, const Node& node, std::uint32_t AnonVmaView::*member) {
    const std::uint32_t now = node.view().*member;
    if (node.was == nullptr || node.is == nullptr || node.was->*member == now) return fmt::format("{} {}", name, now);
    return fmt::format("{} <tspan class=ch>{} → {}</tspan>", name, node.was->*member, now);
}

class Graph {
public:
    Graph(const StepDetails& details, VmaNames& names) : before_(details.before), after_(details.after), names_(names) {
        add_nodes();
        for (const FamilyVma& each : after_.vmas) vmas_.push_back({&each, find(before_, each.vma), 0});
        place();
    }

    [[nodiscard]] bool empty() const { return nodes_.empty(); }

    std::string svg() {
        std::string text = fmt::format(
            "<svg class=family width={0} height={1} viewBox=\"0 0 {0} {1}\" role=img aria-label=\"anon_vmas and the "
            "VMAs tied to them\">",
            left_ + edge_width + vma_width + 2, height_);
        for (const Node& each : nodes_) text += parent_line(each);
        for (const VmaNode& each : vmas_) text += edges(each);
        for (const Node& each : nodes_) text += node(each);
        for (const VmaNode& each : vmas_) text += vma(each);
        return text + "</svg>";
    }

private:
    // Depth first, so that children follow their parent.
    void add_nodes() {
        std::set<unsigned> numbers;
        for (const ReverseMapView* view : {&before_, &after_})
            for (const AnonVmaView& each : view->anon_vmas) numbers.insert(each.number);
        for (const unsigned number : numbers) {
            const Node node{find(after_, number), find(before_, number), 0, {}, 0};
            const unsigned parent = node.view().parent;
            if (parent == number || numbers.count(parent) == 0) add(node, numbers, 0);
        }
    }
    void add(Node node, const std::set<unsigned>& numbers, std::size_t depth) {
        const unsigned number = node.view().number;
        node.depth = std::min<std::size_t>(depth, 8);
        node.note = owners(after_, number);
        nodes_.push_back(std::move(node));
        for (const unsigned each : numbers) {
            const Node child{find(after_, each), find(before_, each), 0, {}, 0};
            if (each != number && child.view().parent == number && depth < numbers.size())
                add(child, numbers, depth + 1);
        }
    }

    void place() {
        int y = 1;
        for (Node& each : nodes_) {
            each.y = y;
            y += each.height() + between;
            left_ = std::max(left_, each.x() + node_width);
        }
        const int vmas = static_cast<int>(vmas_.size()) * (vma_height + between) - between;
        height_ = std::max(y - between, vmas) + 2;
        int at = std::max(1, (height_ - vmas) / 2);
        for (VmaNode& each : vmas_) {
            each.y = at;
            at += vma_height + between;
        }
    }

    [[nodiscard]] const Node* node_of(unsigned number) const {
        for (const Node& each : nodes_)
            if (each.view().number == number) return &each;
        return nullptr;
    }

    [[nodiscard]] std::string parent_line(const Node& node) const {
        const Node* parent = node_of(node.view().parent);
        if (parent == nullptr || node.view().parent == node.view().number) return {};
        const int x = parent->x() + 10;
        return fmt::format("<path class=tree d=\"M{} {}V{}H{}\"/>", x, parent->y + parent->height(),
                           node.y + node.height() / 2, node.x());
    }

    [[nodiscard]] std::string edges(const VmaNode& from) const {
        std::string text;
        const auto had = [&](unsigned number, bool own) {
            if (from.was == nullptr) return false;
            const VmaView& was = from.was->vma;
            if (own) return was.anon_vma == number;
            return std::count(was.chain_members.begin(), was.chain_members.end(), number) != 0;
        };
        const unsigned own = from.vma->vma.anon_vma.value_or(0);
        const auto edge = [&](unsigned number, bool is_own) {
            const Node* to = node_of(number);
            if (to == nullptr) return;
            const int x1 = left_ + edge_width;
            const int y1 = from.y + vma_height / 2;
            const int x2 = to->x() + node_width;
            const int y2 = to->y + to->height() / 2 + (is_own ? -6 : 6);
            text += fmt::format("<path class=\"{}{}{}\" d=\"M{} {}C{} {} {} {} {} {}\"/>", is_own ? "own" : "older",
                                had(number, is_own) ? "" : " new", is_own && !to->note.empty() ? " bad" : "", x1, y1,
                                x1 - edge_width / 2, y1, x2 + edge_width / 2, y2, x2 + (is_own ? 8 : 0), y2);
            if (is_own)
                text += fmt::format("<path class=\"head{}\" d=\"M{} {}l9 -5v10z\"/>", to->note.empty() ? "" : " bad",
                                    x2 + 1, y2);
        };
        for (const unsigned each : from.vma->vma.chain_members)
            if (each != own) edge(each, false);
        if (own != 0) edge(own, true);
        return text;
    }

    static std::string node(const Node& node) {
        const AnonVmaView& view = node.view();
        const std::string_view state = node.is == nullptr ? " gone" : node.was == nullptr ? " new" : "";
        std::string name = fmt::format("anon_vma {}", view.number);
        if (view.object != view.number) name += fmt::format(" (anon_vma {} in findings)", view.object);
        if (view.root == view.number) name += ", root";
        if (!state.empty()) name += node.is == nullptr ? ", freed by this step" : ", new";
        std::string text = fmt::format(
            "<g class=\"anon{}{}\"><rect x={} y={} width={} height={} rx=5 /><text class=name x={} y={}>{}</text>",
            state, node.note.empty() ? "" : " bad", node.x() + 1, node.y, node_width - 2, node.height(), node.x() + 12,
            node.y + 19, name);
        text += fmt::format("<text class=counts x={} y={}>{}, {}, {}, {}</text>", node.x() + 12, node.y + 37,
                            counter("degree", node, &AnonVmaView::degree),
                            counter("num_children", node, &AnonVmaView::num_children),
                            counter("num_active_vmas", node, &AnonVmaView::num_active_vmas),
                            counter("refcount", node, &AnonVmaView::refcount));
        if (!node.note.empty())
            text += fmt::format("<text class=alert x={} y={}>✕ {}</text>", node.x() + 12, node.y + 56, node.note);
        return text + "</g>";
    }

    std::string vma(const VmaNode& node) {
        const VmaView& view = node.vma->vma;
        const std::size_t index = names_.index(key_of(view));
        const int x = left_ + edge_width;
        const std::string name = VmaNames::text(index);
        const int chip = 14 + 8 * static_cast<int>(name.size());
        std::string text = fmt::format(
            "<g class=\"vma{}\" data-v={}><rect x={} y={} width={} height={} rx=5 /><rect class=\"chip k{}\" x={} y={} "
            "width={} height=22 rx=3 /><text class=name x={} y={} text-anchor=middle>{}</text>",
            node.was == nullptr ? " new" : "", index, x, node.y, vma_width, vma_height, classes_of(view).substr(0, 1),
            x + 10, node.y + 11, chip, x + 10 + chip / 2, node.y + 26, name);
        text += fmt::format("<text class=name x={} y={}>process {}: {:#x}-{:#x}</text>", x + 20 + chip, node.y + 18,
                            node.vma->slot, view.start * page_size, view.end * page_size);
        return text + fmt::format("<text class=counts x={} y={}>own {}, chain {}</text></g>", x + 20 + chip,
                                  node.y + 35, view.anon_vma.value_or(0), chain_text(view.chain_members));
    }

    const ReverseMapView& before_;
    const ReverseMapView& after_;
    VmaNames& names_;
    std::vector<Node> nodes_;
    std::vector<VmaNode> vmas_;
    int left_ = node_width;  // where the edges begin
    int height_ = 0;
};

}  // namespace

std::string family_graph(const StepDetails& details, VmaNames& names) {
    Graph graph(details, names);
    if (graph.empty()) return {};
    std::string text =
        "<figure class=graph><div class=wide>" + graph.svg() +
        "</div><figcaption>Full edge: the VMA's own anon_vma, where its new pages go. Dashed: older ones "
        "of its chain, where its pages may lie. Thick: this step brought it. Under an anon_vma stand its "
        "children.";
    const std::size_t anon_vmas = details.after.anon_vmas_left_out;
    const std::size_t vmas = details.after.vmas_left_out;
    if (anon_vmas + vmas > 0) text += fmt::format(" Not drawn: {} anon_vmas and {} VMAs.", anon_vmas, vmas);
    return text + "</figcaption></figure>";
}

}  // namespace vmacheck::html
