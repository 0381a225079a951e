// Runs recordings against the model: reference_driver FILE.jsonl.xz... Prints a line a file and its first difference.
// Exit: 0 all equal, 12 a difference, 150 a file that cannot be read or no file named.
#include "tests/reference/referee.hpp"

#include <fmt/format.h>

#include <exception>

int main(int argc, char** argv) {
    using namespace vmacheck::reference;
    if (argc < 2) {
        fmt::print(stderr, "usage: reference_driver FILE.jsonl.xz...\n");
        return 150;
    }
    int status = 0;
    for (int i = 1; i < argc; ++i) {
        try {
            const FileReport report = run_file(argv[i]);
            fmt::print("{}\n", report.summary());
            if (report.difference) {
                fmt::print("  first difference: {}\n", *report.difference);
                status = 12;
            }
        } catch (const std::exception& error) {
            fmt::print(stderr, "{}: {}\n", argv[i], error.what());
            return 150;
        }
    }
    return status;
}
