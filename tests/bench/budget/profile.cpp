#include "tests/bench/budget/profile.hpp"

#include <cctype>
#include <istream>
#include <sstream>

namespace vmacheck {
namespace {

// Names are written once: "(12) name", and "(12)" from then on.
class FunctionNames {
public:
    std::string read(const std::string& text) {
        const std::size_t close = text.find(')');
        const std::string number = text.substr(0, close + 1);
        if (close + 2 < text.size()) names_[number] = text.substr(close + 2);
        return names_[number];
    }

private:
    std::map<std::string, std::string> names_;
};

bool starts(const std::string& line, std::string_view word) {
    return line.rfind(word, 0) == 0;
}

bool is_cost(const std::string& line) {
    return !line.empty() && (std::isdigit(static_cast<unsigned char>(line[0])) != 0 || line[0] == '+' ||
                             line[0] == '-' || line[0] == '*');
}

}  // namespace

Profile::Profile(std::istream& file) {
    FunctionNames names;
    std::string caller;
    std::string callee;
    bool of_call = false;  // the next line of costs is that of the call
    for (std::string line; std::getline(file, line);) {
        if (starts(line, "fn=")) {
            caller = names.read(line.substr(3));
        } else if (starts(line, "cfn=")) {
            callee = names.read(line.substr(4));
        } else if (starts(line, "calls=")) {
            of_call = true;
        } else if (of_call && is_cost(line)) {
            std::istringstream words(line);
            std::string position;
            std::uint64_t cost = 0;
            words >> position >> cost;
            calls_[{caller, callee}] += cost;
            of_call = false;
        }
    }
}

std::uint64_t Profile::instructions(std::string_view from, std::string_view to) const {
    std::uint64_t sum = 0;
    for (const auto& [call, cost] : calls_)
        if (call.first.find(from) != std::string::npos && call.second.find(to) != std::string::npos) sum += cost;
    return sum;
}

}  // namespace vmacheck
