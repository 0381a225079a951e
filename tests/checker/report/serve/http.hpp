// A request to a server on this machine, as bytes on a socket: also one that is none.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace vmacheck {

struct HttpReply {
    int status = 0;  // 0: no reply
    std::string head;
    std::string body;
};

// "http://127.0.0.1:PORT/TOKEN/" taken apart.
struct Address {
    std::uint16_t port = 0;
    std::string path;  // "/TOKEN/"

    explicit Address(const std::string& text) {
        const std::string start = "http://127.0.0.1:";
        if (text.rfind(start, 0) != 0) throw std::logic_error("no address of this machine: " + text);
        const std::size_t slash = text.find('/', start.size());
        port = static_cast<std::uint16_t>(std::stoul(text.substr(start.size(), slash - start.size())));
        path = text.substr(slash);
    }
    [[nodiscard]] std::string host() const { return "127.0.0.1:" + std::to_string(port); }
};

// Sends the bytes, and takes what comes until the server closes the connection.
inline HttpReply send_bytes(const Address& address, const std::string& bytes) {
    const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(socket_fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        close(socket_fd);
        return {};
    }
    std::string got;
    if (send(socket_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size())) {
        char buffer[4096];
        for (ssize_t count = 0; (count = recv(socket_fd, buffer, sizeof buffer, 0)) > 0;)
            got.append(buffer, static_cast<std::size_t>(count));
    }
    close(socket_fd);
    const std::size_t end = got.find("\r\n\r\n");
    if (got.rfind("HTTP/1.1 ", 0) != 0 || end == std::string::npos) return {};
    return {std::stoi(got.substr(9, 3)), got.substr(0, end), got.substr(end + 4)};
}

// A request with a method, for a target such as "/TOKEN/search", in the name of a host.
inline HttpReply request(const Address& address, const std::string& target, const std::string& host,
                         const std::string& method = "GET") {
    return send_bytes(address, method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
}

// A resource below the address.
inline HttpReply get(const Address& address, const std::string& resource) {
    return request(address, address.path + resource, address.host());
}

}  // namespace vmacheck
