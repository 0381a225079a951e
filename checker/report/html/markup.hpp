// What every page is made of: escaped text, the frame with style and script inside, and packs of fragments.
//
// A page is one file: nothing is loaded from anywhere, and a policy in its head makes sure of that. What is needed to read
// it stands in it as HTML. Of a long trace the steps in the middle stand in packs, compressed, which the script opens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vmacheck::html {

// Text inside elements and quoted attributes, whatever was written. Control characters are shown as \x0a.
std::string escape(std::string_view text);

// "<code>mmap(...)</code>", the text escaped.
std::string code(std::string_view text);

// The command to paste, in a box.
std::string command(std::string_view text);

// The whole file. `title` is text; `body` is HTML.
std::string page(std::string_view title, std::string_view body);

// The same for a page with a style and a script of another kind.
struct PageParts {
    std::string style;
    std::string script;
    bool asks = false;  // the script asks the server that the page came from, and no other
};
std::string page(std::string_view title, std::string_view body, const PageParts& parts);

// A file inside the page, as the address of a link. It works without the script.
std::string data_link(std::string_view type, std::string_view bytes);

// Stands in a fragment between parts of different kinds. A pack keeps the parts of one kind together, which halves it.
inline constexpr char part_end = '\x1f';
std::string without_part_ends(std::string fragment);

// Fragments of HTML that the script shows when they are wanted: numbers `first`, first + 1 ... of a kind.
std::string pack(std::string_view kind, std::size_t first, const std::vector<std::string>& fragments);

// All of them in packs, which are opened as wholes.
std::string packs(std::string_view kind, std::size_t first, const std::vector<std::string>& fragments);

inline constexpr std::size_t most_in_pack = 100;

}  // namespace vmacheck::html
