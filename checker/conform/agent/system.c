// Helpers that need no state of the agent.
#include "system.h"

void* memcpy(void* to, const void* from, size_t bytes) {
    char* target = to;
    const char* source = from;
    for (size_t i = 0; i < bytes; ++i) target[i] = source[i];
    return to;
}

void* memset(void* to, int value, size_t bytes) {
    char* target = to;
    for (size_t i = 0; i < bytes; ++i) target[i] = (char)value;
    return to;
}

int memcmp(const void* a, const void* b, size_t bytes) {
    const u8* left = a;
    const u8* right = b;
    for (size_t i = 0; i < bytes; ++i)
        if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
    return 0;
}

// Moves what is left to the front and reads more behind it. Returns whether more came.
static bool fill(struct line_reader* reader) {
    const size_t left = reader->filled - reader->at;
    for (size_t i = 0; i < left; ++i) reader->buffer[i] = reader->buffer[reader->at + i];
    reader->at = 0;
    reader->filled = left;
    if (left + 1 >= reader->size) return false;
    const i64 got = call3(nr_read, reader->fd, reader->buffer + left, reader->size - 1 - left);
    if (got <= 0) return false;
    reader->filled += (size_t)got;
    return true;
}

char* next_line(struct line_reader* reader) {
    size_t looked_at = 0;
    for (;;) {
        for (size_t i = reader->at + looked_at; i < reader->filled; ++i) {
            if (reader->buffer[i] != '\n') continue;
            char* line = reader->buffer + reader->at;
            reader->buffer[i] = 0;
            reader->at = i + 1;
            return line;
        }
        looked_at = reader->filled - reader->at;
        if (fill(reader)) continue;
        if (reader->filled == reader->at) return NULL;
        char* line = reader->buffer + reader->at;
        reader->buffer[reader->filled] = 0;
        reader->at = reader->filled;
        return line;
    }
}

u64 take_number(const char** text, unsigned base) {
    u64 value = 0;
    for (;; ++*text) {
        const char c = **text;
        unsigned digit = 99;
        if (c >= '0' && c <= '9') digit = (unsigned)(c - '0');
        if (c >= 'a' && c <= 'f') digit = (unsigned)(c - 'a') + 10;
        if (digit >= base) return value;
        value = value * base + digit;
    }
}

u64 number_in_file(const char* path, u64 otherwise) {
    char digits[32];
    const i64 fd = call3(nr_open, path, 0, 0);
    if (failed(fd)) return otherwise;
    const i64 got = call3(nr_read, fd, digits, sizeof(digits) - 1);
    call1(nr_close, fd);
    if (got <= 0 || digits[0] < '0' || digits[0] > '9') return otherwise;
    digits[got] = 0;
    const char* at = digits;
    return take_number(&at, 10);
}
