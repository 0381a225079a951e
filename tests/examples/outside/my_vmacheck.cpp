// vmacheck with a property of our own, in all its verbs.
#include "at_most_vmas.hpp"
#include "checker/cli/program.hpp"
#include "properties/run/extra_properties.hpp"

int main(int argc, char** argv) {
    vmacheck::extra_properties().add<mine::AtMostVmas<vmacheck::Plain>>();
    return vmacheck::cli::program(argc, argv);
}
