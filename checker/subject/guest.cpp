#include "checker/subject/guest.hpp"

#include "checker/subject/cache_directory.hpp"
#include "checker/subject/packages.hpp"
#include "model/state/digest.hpp"
#include "traces/format/whole_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

namespace vmacheck {
namespace {

namespace fs = std::filesystem;

// ---- the archive

constexpr unsigned directory_mode = 040755;
constexpr unsigned file_mode = 0100755;
constexpr unsigned device_mode = 020600;

void add_entry(std::string& archive, const std::string& name, unsigned mode, const std::string& bytes,
               unsigned device_major = 0, unsigned device_minor = 0) {
    static constexpr unsigned links = 1;
    const auto pad = [&archive] { archive.append((4 - archive.size() % 4) % 4, '\0'); };
    archive += "070701";
    for (const std::size_t field :
         {std::size_t{0}, std::size_t{mode}, std::size_t{0}, std::size_t{0}, std::size_t{links}, std::size_t{0},
          bytes.size(), std::size_t{0}, std::size_t{0}, std::size_t{device_major}, std::size_t{device_minor},
          name.size() + 1, std::size_t{0}})
        archive += fmt::format("{:08X}", field);
    archive += name;
    archive += '\0';
    pad();
    archive += bytes;
    pad();
}

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(path.string() + ": cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

// ---- the kernel

// The package that Debian's list names as the newest of this series.
std::string package_of(const std::string& series) {
    const std::string meta = series == "6.1" ? "linux-image-cloud-amd64" : "linux-image-" + series + "-cloud-amd64";
    const std::string line =
        first_line_of({"/bin/sh", "-c", "apt-cache depends " + meta + " | grep 'Depends: linux-image'"});
    const std::size_t at = line.find("linux-image");
    if (at == std::string::npos)
        throw std::runtime_error(
            fmt::format("guest:{}: the list of packages has no {}; run: apt-get update", series, meta));
    return line.substr(at);
}

fs::path kernel_image(const fs::path& directory) {
    for (const auto& each : fs::directory_iterator(directory / "boot"))
        if (each.path().filename().string().starts_with("vmlinuz-")) return each.path();
    throw std::runtime_error(directory.string() + ": no kernel image in it");
}

// What the line to the agent needs that is not built into the kernel, in the order in which it is loaded. Compressed
// modules are those of kernels that have all of it built in.
std::vector<ArchiveFile> modules_of(const fs::path& directory) {
    static constexpr std::array names{"virtio_ring",           "virtio",     "virtio_pci_legacy_dev",
                                      "virtio_pci_modern_dev", "virtio_pci", "virtio_console"};
    std::vector<ArchiveFile> modules;
    for (const std::string name : names)
        for (const auto& each : fs::recursive_directory_iterator(directory / "lib"))
            if (each.path().filename() == name + ".ko")
                modules.emplace_back(fmt::format("modules/{}.ko", modules.size()), bytes_of(each.path()));
    return modules;
}

}  // namespace

std::string initial_file_system(const std::vector<ArchiveFile>& files) {
    std::string archive;
    std::set<std::string> directories{"dev", "proc", "sys", "tmp"};
    for (const auto& [name, bytes] : files)
        if (const std::size_t slash = name.rfind('/'); slash != std::string::npos)
            directories.insert(name.substr(0, slash));
    for (const std::string& each : directories) add_entry(archive, each, directory_mode, "");
    add_entry(archive, "dev/console", device_mode, "", 5, 1);
    for (const auto& [name, bytes] : files) add_entry(archive, name, file_mode, bytes);
    add_entry(archive, "TRAILER!!!", 0, "");
    archive.append((512 - archive.size() % 512) % 512, '\0');
    return archive;
}

namespace {

// An initial file system with these files, in the cache. Its name follows from what is in it.
std::string archive_file(const std::vector<ArchiveFile>& files) {
    const std::string archive = initial_file_system(files);
    Digest digest;
    for (const char each : archive) digest.add(static_cast<unsigned char>(each));
    const std::string path = (cache_directory() / fmt::format("initrd-{:016x}", digest.value())).string();
    if (!fs::exists(path))
        if (const auto wrong = write_whole_file(path, archive)) throw std::runtime_error(*wrong);
    return path;
}

}  // namespace

Guest prepare_guest(const std::string& which, const std::string& agent, bool may_install) {
    if (const auto missing = ensure_program("qemu-system-x86_64", "qemu-system-x86", may_install))
        throw std::runtime_error(fmt::format("guest:{}: {}", which, *missing));
    const bool packaged = which == "6.1" || which == "6.12";
    std::vector<ArchiveFile> files{{"init", bytes_of(agent)}};
    Guest guest{.command = {}, .kernel = which};
    std::string image = which;
    if (packaged) {
        guest.kernel = package_of(which);
        const fs::path directory = unpacked_package({guest.kernel, guest.kernel, "dpkg-deb -x ./*.deb ."}, may_install);
        image = kernel_image(directory).string();
        std::vector<ArchiveFile> modules = modules_of(directory);
        std::move(modules.begin(), modules.end(), std::back_inserter(files));
    } else if (!fs::is_regular_file(image)) {
        throw std::runtime_error(
            fmt::format("guest:{}: no such kernel image; there are guest:6.1 and guest:6.12", which));
    }
    const std::string file = archive_file(files);
    // Without the check of the timer, which fails where this machine is busy.
    const std::string boot =
        fmt::format("console=ttyS0 panic=-1 quiet no_timer_check rootfstype=ramfs vmacheck_line={}",
                    packaged ? "vport0p1" : "ttyS1");
    guest.command = {"qemu-system-x86_64", "-accel", "tcg", "-cpu", "max,la57=off,pku=off", "-m", "512", "-display",
                     "none", "-monitor", "none", "-nodefaults", "-no-reboot", "-kernel", image, "-initrd", file,
                     "-append", boot,
                     // What the kernel prints is the program's standard error.
                     "-chardev", "file,id=console,path=/dev/stderr", "-serial", "chardev:console", "-chardev",
                     "stdio,id=line,signal=off"};
    // A kernel of unknown configuration has a second serial line at least, which is slow.
    const std::vector<std::string> line = packaged ? std::vector<std::string>{"-device", "virtio-serial-pci", "-device",
                                                                              "virtserialport,chardev=line,name=line"}
                                                   : std::vector<std::string>{"-serial", "chardev:line"};
    guest.command.insert(guest.command.end(), line.begin(), line.end());
    return guest;
}

Guest prepare_user_mode_linux(const std::string& agent, bool may_install) {
    if (const auto missing = ensure_program("linux.uml", "user-mode-linux", may_install))
        throw std::runtime_error("uml: " + *missing);
    const std::string file = archive_file({{"init", bytes_of(agent)}});
    return {.command = {"linux.uml", "mem=256M", "initrd=" + file, "root=/dev/ram0", "con=null", "con0=null,fd:2",
                        "ssl=null", "ssl0=fd:0,fd:1", "panic=1", "quiet",
                        "uml_dir=" + (cache_directory() / "uml/").string(), "vmacheck_line=ttyS0"},
            .kernel = "user-mode-linux"};
}

}  // namespace vmacheck
