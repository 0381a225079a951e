#include "tests/checker/report/exports/compiled.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vmacheck {

bool has_compiler() {
    return std::system("cc --version >/dev/null 2>&1") == 0;
}

ProgramRun compile_and_run(const std::string& text) {
    ProgramRun run;
    std::string directory = std::filesystem::temp_directory_path() / "c-program-XXXXXX";
    if (mkdtemp(directory.data()) == nullptr) return run;
    std::ofstream(directory + "/program.c") << text;
    const std::string output = " >" + directory + "/output 2>&1";
    const std::string compile =
        "cc -Wall -Wextra -Werror -o " + directory + "/program " + directory + "/program.c" + output;
    if (std::system(compile.c_str()) == 0) {
        const int waited = std::system((directory + "/program" + output).c_str());
        run.status = WIFEXITED(waited) ? WEXITSTATUS(waited) : -2;
    }
    std::ostringstream all;
    all << std::ifstream(directory + "/output").rdbuf();
    run.output = all.str();
    std::filesystem::remove_all(directory);
    return run;
}

}  // namespace vmacheck
