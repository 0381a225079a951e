#include "checker/report/html/markup.hpp"

#include "checker/report/html/page_assets.hpp"
#include "traces/format/text.hpp"

#include <fmt/format.h>
#include <boost/iostreams/device/back_inserter.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_stream.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>

namespace vmacheck::html {
namespace {

// No address in the header, and no time: equal bytes in give equal bytes out.
std::string compressed(const std::string& bytes) {
    namespace io = boost::iostreams;
    std::string out;
    io::filtering_ostream stream;
    stream.push(io::gzip_compressor(io::gzip_params(io::gzip::best_compression)));
    stream.push(io::back_inserter(out));
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.reset();
    return out;
}

std::string base64(std::string_view bytes) {
    static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve(bytes.size() * 4 / 3 + 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned word = 0;
        for (std::size_t k = 0; k < 3; ++k)
            word = word << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k) text += i + k <= bytes.size() ? digits[word >> (18 - 6 * k) & 63] : '=';
    }
    return text;
}

// The first parts of all fragments, then the second parts ...
boost::json::array columns(const std::vector<std::string>& fragments) {
    boost::json::array all;
    for (std::size_t row = 0; row < fragments.size(); ++row) {
        const std::string_view fragment = fragments[row];
        std::size_t column = 0;
        for (std::size_t at = 0; at <= fragment.size(); ++column) {
            const std::size_t end = std::min(fragment.find(part_end, at), fragment.size());
            if (all.size() <= column) all.push_back(boost::json::array(fragments.size(), ""));
            all[column].as_array()[row] = fragment.substr(at, end - at);
            at = end + 1;
        }
    }
    return all;
}

}  // namespace

std::string escape(std::string_view text) {
    std::string escaped;
    for (const char each : escape_control(text)) {
        switch (each) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\'': escaped += "&#39;"; break;
            default: escaped += each;
        }
    }
    return escaped;
}

std::string code(std::string_view text) {
    return fmt::format("<code>{}</code>", escape(text));
}

std::string command(std::string_view text) {
    return fmt::format("<pre class=command>{}</pre>", escape(text));
}

std::string page(std::string_view title, std::string_view body) {
    return page(title, body, {std::string(page_style()), std::string(page_script()), false});
}

std::string page(std::string_view title, std::string_view body, const PageParts& parts) {
    return fmt::format(
        "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; "
        "script-src 'unsafe-inline'; img-src data:{}\">\n"
        "<meta name=viewport content=\"width=device-width\">\n<meta name=color-scheme content=\"light dark\">\n"
        "<link rel=icon href=\"data:,\">\n"
        "<title>{}</title>\n<style>\n{}</style>\n</head>\n<body>\n{}<script>\n{}</script>\n</body>\n</html>\n",
        parts.asks ? "; connect-src 'self'" : "", escape(title), parts.style, body, parts.script);
}

std::string data_link(std::string_view type, std::string_view bytes) {
    return fmt::format("data:{};base64,{}", type, base64(bytes));
}

std::string without_part_ends(std::string fragment) {
    fragment.erase(std::remove(fragment.begin(), fragment.end(), part_end), fragment.end());
    return fragment;
}

std::string pack(std::string_view kind, std::size_t first, const std::vector<std::string>& fragments) {
    return fmt::format("<script type=\"application/x-pack\" data-kind={} data-first={} data-count={}>{}</script>\n",
                       kind, first, fragments.size(), base64(compressed(boost::json::serialize(columns(fragments)))));
}

std::string packs(std::string_view kind, std::size_t first, const std::vector<std::string>& fragments) {
    std::string text;
    for (std::size_t from = 0; from < fragments.size(); from += most_in_pack) {
        const std::size_t to = std::min(from + most_in_pack, fragments.size());
        text += pack(kind, first + from,
                     {fragments.begin() + static_cast<std::ptrdiff_t>(from),
                      fragments.begin() + static_cast<std::ptrdiff_t>(to)});
    }
    return text;
}

}  // namespace vmacheck::html
