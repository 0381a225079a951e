// Files that are complete or absent: written under a temporary name next to their own (PATH.partPID), then renamed. A
// reader sees the old file or the new one, never a part. A program that is killed may leave the temporary one behind.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vmacheck {

enum class Durable { no, yes };  // whether the bytes are on the disk before the file has its name

// A file that is written piece by piece. What goes wrong on the way is said at the end.
class WholeFile {
public:
    WholeFile(std::string path, Durable durable);
    ~WholeFile();  // takes away what was not finished
    WholeFile(const WholeFile&) = delete;
    WholeFile& operator=(const WholeFile&) = delete;

    void append(std::string_view bytes);
    // Gives the file its name. Nothing, or what went wrong, in one line that begins with the path.
    std::optional<std::string> finish();

private:
    void flush();

    std::string path_;
    std::string temporary_;
    Durable durable_;
    int file_ = -1;
    int why_ = 0;  // errno of what failed
    std::string buffer_;
};

// Nothing, or what went wrong, in one line that begins with the path.
std::optional<std::string> write_whole_file(const std::string& path, std::string_view bytes,
                                            Durable durable = Durable::no);

}  // namespace vmacheck
