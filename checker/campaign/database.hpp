// A thin layer over SQLite: what goes wrong is thrown as DatabaseError, with the path.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace vmacheck {

class DatabaseError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

class Database;

// A prepared statement: bind, step through the rows, read columns.
class Statement {
public:
    Statement(Database& database, std::string_view sql);
    Statement& bind(std::uint64_t value);  // in order; kept as the 64 bits they are
    Statement& bind(double value);
    Statement& bind(std::string_view value);
    bool step();  // true: there is a row
    void run();   // to its end, ready to be bound again

    [[nodiscard]] std::uint64_t number(int column) const;
    [[nodiscard]] double real(int column) const;
    [[nodiscard]] std::string text(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    Database& database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0;
};

class Database {
public:
    // ":memory:" is one that is gone with the object. A file is made if `create`; otherwise it must be there.
    Database(const std::string& path, bool create);
    void execute(const char* sql);
    [[nodiscard]] const std::string& path() const { return path_; }
    [[noreturn]] void fail(std::string_view doing) const;

private:
    friend class Statement;
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    std::string path_;
    std::unique_ptr<sqlite3, Close> handle_;
};

// All or nothing: what was not committed is taken back.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool open_ = true;
};

}  // namespace vmacheck
