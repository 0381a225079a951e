#include "checker/campaign/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

namespace vmacheck {

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, std::string_view sql) : database_(database) {
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &made, nullptr) !=
        SQLITE_OK)
        database.fail("cannot be read as results of a campaign");
    statement_.reset(made);
}

Statement& Statement::bind(std::uint64_t value) {
    if (sqlite3_bind_int64(statement_.get(), ++bound_, static_cast<sqlite3_int64>(value)) != SQLITE_OK)
        database_.fail("a number cannot be bound");
    return *this;
}

Statement& Statement::bind(double value) {
    if (sqlite3_bind_double(statement_.get(), ++bound_, value) != SQLITE_OK) database_.fail("a number cannot be bound");
    return *this;
}

Statement& Statement::bind(std::string_view value) {
    if (sqlite3_bind_text64(statement_.get(), ++bound_, value.data(), value.size(), SQLITE_TRANSIENT, SQLITE_UTF8) !=
        SQLITE_OK)
        database_.fail("a text cannot be bound");
    return *this;
}

bool Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result != SQLITE_DONE) database_.fail("cannot be read or written");
    return false;
}

void Statement::run() {
    while (step()) {
    }
    sqlite3_reset(statement_.get());
    bound_ = 0;
}

std::uint64_t Statement::number(int column) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_.get(), column));
}

double Statement::real(int column) const {
    return sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close(handle);
}

Database::Database(const std::string& path, bool create) : path_(path) {
    std::error_code error;
    const bool memory = path == ":memory:";
    if (!memory && !create && !std::filesystem::is_regular_file(path, error))
        throw DatabaseError(path + ": no such file; give the results of a campaign (--db)");
    sqlite3* handle = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    const int result = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (result != SQLITE_OK) fail("cannot be opened");
    sqlite3_busy_timeout(handle, 2000);
}

void Database::execute(const char* sql) {
    if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail("cannot be read or written");
}

void Database::fail(std::string_view doing) const {
    throw DatabaseError(fmt::format("{}: {}: {}", path_, doing, handle_ ? sqlite3_errmsg(handle_.get()) : "no memory"));
}

Transaction::Transaction(Database& database) : database_(database) {
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
    if (!open_) return;
    try {
        database_.execute("ROLLBACK");
    } catch (const DatabaseError&) {  // it has been rolled back already
        open_ = false;
    }
}

void Transaction::commit() {
    database_.execute("COMMIT");
    open_ = false;
}

}  // namespace vmacheck
