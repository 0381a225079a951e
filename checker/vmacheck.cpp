// vmacheck, the program.
#include "checker/cli/program.hpp"

int main(int argc, char** argv) {
    return vmacheck::cli::program(argc, argv);
}
