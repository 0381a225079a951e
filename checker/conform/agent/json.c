// JSON, as far as requests need it: read in place, in one pass, and written piece by piece.
#include "agent.h"

void fail(struct reader* reader, const char* error) {
    if (reader->error == NULL) reader->error = error;
    reader->at = reader->end;
}

static void skip_space(struct reader* reader) {
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\r')) ++reader->at;
}

bool take(struct reader* reader, char wanted) {
    skip_space(reader);
    if (reader->at == reader->end || *reader->at != wanted) return false;
    ++reader->at;
    return true;
}

void expect(struct reader* reader, char wanted) {
    if (!take(reader, wanted)) fail(reader, "the request is no JSON that this agent reads");
}

struct string read_string(struct reader* reader) {
    struct string string = {"", 0};
    expect(reader, '"');
    const char* start = reader->at;
    while (reader->at < reader->end && *reader->at != '"') {
        if (*reader->at == '\\') ++reader->at;  // kept as it stands: no name has an escape
        ++reader->at;
    }
    if (reader->at >= reader->end) {
        fail(reader, "a string does not end");
        return string;
    }
    string.start = start;
    string.length = (size_t)(reader->at - start);
    ++reader->at;
    return string;
}

static u64 number_of(struct reader* reader, const char* at, const char* end, unsigned base) {
    u64 value = 0;
    if (at == end) fail(reader, "a number has no digits");
    for (; at < end; ++at) {
        unsigned digit = 99;
        if (*at >= '0' && *at <= '9') digit = (unsigned)(*at - '0');
        if (*at >= 'a' && *at <= 'f') digit = (unsigned)(*at - 'a') + 10;
        if (*at >= 'A' && *at <= 'F') digit = (unsigned)(*at - 'A') + 10;
        if (digit >= base) {
            fail(reader, "a number has a character that is no digit");
            return 0;
        }
        if (value > (~(u64)0 - digit) / base) {
            fail(reader, "a number is larger than 64 bits");
            return 0;
        }
        value = value * base + digit;
    }
    return value;
}

u64 read_unsigned(struct reader* reader) {
    skip_space(reader);
    if (reader->at < reader->end && *reader->at == '"') {
        const struct string text = read_string(reader);
        if (text.length < 3 || text.start[0] != '0' || text.start[1] != 'x') {
            fail(reader, "a number is neither a JSON number nor a string such as \"0x1000\"");
            return 0;
        }
        return number_of(reader, text.start + 2, text.start + text.length, 16);
    }
    const char* start = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9') ++reader->at;
    return number_of(reader, start, reader->at, 10);
}

bool read_bool(struct reader* reader) {
    skip_space(reader);
    const size_t left = (size_t)(reader->end - reader->at);
    if (left >= 4 && memcmp(reader->at, "true", 4) == 0) {
        reader->at += 4;
        return true;
    }
    if (left >= 5 && memcmp(reader->at, "false", 5) == 0) {
        reader->at += 5;
        return false;
    }
    fail(reader, "neither true nor false");
    return false;
}

// Brackets are counted, and not paired: what is skipped is not used.
void skip_value(struct reader* reader) {
    int depth = 0;
    do {
        skip_space(reader);
        if (reader->at == reader->end) {
            fail(reader, "the request ends within a value");
            return;
        }
        const char c = *reader->at;
        if (c == '"') {
            read_string(reader);
            continue;
        }
        ++reader->at;
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        if (c == '{' || c == '[' || c == '}' || c == ']' || c == ',' || c == ':') continue;
        while (reader->at < reader->end && *reader->at != ',' && *reader->at != '}' && *reader->at != ']') ++reader->at;
    } while (depth > 0);
}

bool next_key(struct reader* reader, bool* first, struct string* key) {
    if (*first) {
        *first = false;
        expect(reader, '{');
        if (take(reader, '}')) return false;
    } else {
        if (take(reader, '}')) return false;
        expect(reader, ',');
    }
    *key = read_string(reader);
    expect(reader, ':');
    return reader->error == NULL;
}

bool next_item(struct reader* reader, bool* first) {
    if (*first) {
        *first = false;
        expect(reader, '[');
        return !take(reader, ']') && reader->error == NULL;
    }
    if (take(reader, ']')) return false;
    expect(reader, ',');
    return reader->error == NULL;
}

void put_bytes(struct text* text, const char* piece, size_t length) {
    for (size_t i = 0; i < length; ++i) {
        if (text->length == text->size) text->flush(text);
        text->start[text->length++] = piece[i];
    }
}

void put(struct text* text, const char* piece) {
    put_bytes(text, piece, length_of(piece));
}

static void put_digits(struct text* text, u64 value, unsigned base) {
    char digits[24];
    size_t at = sizeof(digits);
    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    put_bytes(text, digits + at, sizeof(digits) - at);
}

void put_hex(struct text* text, u64 value) {
    put(text, "\"0x");
    put_digits(text, value, 16);
    put(text, "\"");
}

void put_number(struct text* text, u64 value) {
    put_digits(text, value, 10);
}

void put_string(struct text* text, const char* value) {
    put(text, "\"");
    for (; *value != 0; ++value) {
        const char c = *value;
        put_bytes(text, c < ' ' || c > '~' || c == '"' || c == '\\' ? "?" : value, 1);
    }
    put(text, "\"");
}
