// The agent as the first process of a guest: what a kernel needs before there is anything, and the line to the checker.
#include "agent.h"

enum { nr_mkdir = 83, nr_dup2 = 33, nr_finit_module = 313, o_rdwr = 2 };
enum { tcgets = 0x5401, tcsets = 0x5402 };

static void mount(const char* what, const char* where) {
    call2(nr_mkdir, where, 0755);
    call5(nr_mount, what, where, what, 0, 0);
}

// Modules that the line needs, in the order of their names: /modules/0.ko, /modules/1.ko ...
static void load_modules(void) {
    char path[] = "/modules/0.ko";
    for (char digit = '0'; digit <= '9'; ++digit) {
        path[9] = digit;
        const i64 fd = call3(nr_open, path, 0, 0);
        if (failed(fd)) return;
        call3(nr_finit_module, fd, "", 0);
        call1(nr_close, fd);
    }
}

// A serial line must not echo, or change line breaks.
static void make_raw(i64 fd) {
    u32 settings[16] = {0};
    if (failed(call3(nr_ioctl, fd, tcgets, settings))) return;
    settings[0] = settings[1] = settings[3] = 0;
    call3(nr_ioctl, fd, tcsets, settings);
}

// The device that the kernel's command line names, as in vmacheck_line=ttyS1. It may appear a moment after its driver.
static i64 open_line(void) {
    static const char key[] = "vmacheck_line=";
    static char words[2048] = "";
    char path[64] = "/dev/";
    const i64 file = call3(nr_open, "/proc/cmdline", 0, 0);
    const i64 got = failed(file) ? 0 : call3(nr_read, file, words, sizeof(words) - 1);
    if (!failed(file)) call1(nr_close, file);
    words[got > 0 ? got : 0] = 0;
    size_t length = length_of(path);
    for (const char* at = words; *at != 0; ++at) {
        if (!begins_with(at, key)) continue;
        for (at += length_of(key); *at > ' ' && length + 1 < sizeof(path); ++at) path[length++] = *at;
        break;
    }
    path[length] = 0;
    const u64 moment[2] = {0, 10000000};
    i64 fd = -1;
    for (int i = 0; i < 200 && failed(fd = call3(nr_open, path, o_rdwr, 0)); ++i) call2(nr_nanosleep, moment, 0);
    if (!failed(fd)) make_raw(fd);
    return fd;
}

void become_init(void) {
    mount("devtmpfs", "/dev");
    mount("proc", "/proc");
    mount("sysfs", "/sys");
    call2(nr_mkdir, "/tmp", 0777);
    load_modules();
    const i64 fd = open_line();
    if (failed(fd)) power_off();
    call2(nr_dup2, fd, 0);
    call2(nr_dup2, fd, 1);
    static const char ready[] = "{\"ready\":true}\n";
    call3(nr_write, 1, ready, sizeof(ready) - 1);
}

void power_off(void) {
    call4(nr_reboot, 0xfee1dead, 672274793, 0x4321fedc, 0);
    end_process(0);
}
