// Serves a page on 127.0.0.1, to those who know its address alone. Only page_server.cpp includes the HTTP library.
//
// The address holds a token of 128 random bits; what is asked without it is not found. A request that names another host
// is refused, so that no page from elsewhere, whose host's name was made to mean 127.0.0.1, can read this one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace vmacheck {

struct PageRequest {
    std::string resource;  // the part of the address after the token: "" is the page
    std::string path;      // ?path=...
};

struct PageReply {
    int status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string body;
    std::string file;  // the name that a browser gives it where it saves it; empty: it shows it
};

class PageServer {
public:
    // Called by several threads. What it throws becomes status 500.
    using Answer = std::function<PageReply(const PageRequest&)>;

    // Answers from now on, until it is destroyed. Port 0: one that is free. Throws std::runtime_error where the port
    // cannot be had.
    PageServer(std::uint16_t port, Answer answer);
    ~PageServer();
    PageServer(const PageServer&) = delete;
    PageServer& operator=(const PageServer&) = delete;

    [[nodiscard]] std::string address() const;  // "http://127.0.0.1:PORT/TOKEN/"

private:
    class Server;
    std::unique_ptr<Server> server_;
};

}  // namespace vmacheck
