#include "traces/format/trace_files.hpp"

#include <algorithm>
#include <filesystem>

namespace vmacheck {

TraceFiles find_traces(const std::vector<std::string>& paths) {
    namespace fs = std::filesystem;
    TraceFiles files;
    for (const std::string& path : paths) {
        std::error_code error;
        if (!fs::is_directory(path, error)) {
            if (!fs::exists(path, error)) return {{}, path + ": no such file or directory"};
            files.paths.push_back(path);
            continue;
        }
        std::vector<std::string> found;
        fs::recursive_directory_iterator at(path, error);
        for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error))
            if (at->path().extension() == ".jsonl" && !at->is_directory(error)) found.push_back(at->path().string());
        if (error) return {{}, path + ": " + error.message()};
        if (found.empty()) return {{}, path + ": no *.jsonl below this directory"};
        std::sort(found.begin(), found.end());  // a directory lists its files in no particular order
        files.paths.insert(files.paths.end(), found.begin(), found.end());
    }
    return files;
}

}  // namespace vmacheck
