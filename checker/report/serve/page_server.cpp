#include "checker/report/serve/page_server.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/random.h>
#include <sys/socket.h>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <thread>

namespace vmacheck {
namespace {

constexpr const char* host = "127.0.0.1";
constexpr std::size_t workers = 16;
constexpr int idle_seconds = 2;  // that a connection stays open for the next request; the program's end waits as long

std::string random_token() {
    std::array<unsigned char, 16> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        throw std::runtime_error("the system gives no random numbers for the address of the page");
    std::string text;
    for (const unsigned char each : bytes) text += fmt::format("{:02x}", each);
    return text;
}

// Takes as long whichever character differs.
bool same_text(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        difference |= static_cast<unsigned char>(a[i]) ^ static_cast<unsigned char>(b[i]);
    return difference == 0;
}

void refuse(httplib::Response& response, int status, const std::string& line) {
    response.status = status;
    response.set_content(line + "\n", "text/plain; charset=utf-8");
}

}  // namespace

class PageServer::Server {
public:
    Server(std::uint16_t port, Answer answer) : token_(random_token()), answer_(std::move(answer)) {
        // The library would let two servers have one port (SO_REUSEPORT).
        server_.set_socket_options([](socket_t socket) {
            const int yes = 1;
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
        });
        server_.new_task_queue = [] { return new httplib::ThreadPool(workers); };
        server_.set_keep_alive_timeout(idle_seconds);
        server_.set_keep_alive_max_count(1000);
        server_.set_payload_max_length(4096);
        server_.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
            respond(request, response);
            return httplib::Server::HandlerResponse::Handled;
        });
        port_ = port != 0 && server_.bind_to_port(host, port) ? port : port != 0 ? -1 : server_.bind_to_any_port(host);
        if (port_ <= 0) {
            std::signal(SIGPIPE, before_);
            throw std::runtime_error(
                fmt::format("--port {}: it cannot be had on {}; choose another, or leave it out", port, host));
        }
        thread_ = std::thread([this] {
            server_.listen_after_bind();
            ended_ = true;
        });
        while (!server_.is_running() && !ended_) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }

    ~Server() {
        server_.stop();
        thread_.join();
        std::signal(SIGPIPE, before_);
    }

    [[nodiscard]] std::string address() const { return fmt::format("http://{}:{}/{}/", host, port_, token_); }

private:
    [[nodiscard]] bool is_own_host(const std::string& name) const {
        return name == fmt::format("{}:{}", host, port_) || name == fmt::format("localhost:{}", port_);
    }

    void respond(const httplib::Request& request, httplib::Response& response) {
        response.set_header("Cache-Control", "no-store");
        response.set_header("Referrer-Policy", "no-referrer");
        response.set_header("X-Content-Type-Options", "nosniff");
        response.set_header("X-Frame-Options", "DENY");
        if (request.get_header_value_count("Host") != 1 || !is_own_host(request.get_header_value("Host")))
            return refuse(response, 403, fmt::format("this is not the host of the request; it is {}:{}", host, port_));
        const std::string_view target = request.path;
        const std::size_t end = target.find('/', 1);
        if (end == std::string_view::npos || !same_text(target.substr(1, end - 1), token_))
            return refuse(response, 404, "there is nothing here; the address is the one that vmacheck printed");
        if (request.method != "GET" && request.method != "HEAD") {
            response.set_header("Allow", "GET, HEAD");
            return refuse(response, 405, "only GET and HEAD are answered");
        }
        answer(request, std::string(target.substr(end + 1)), response);
    }

    void answer(const httplib::Request& request, const std::string& resource, httplib::Response& response) {
        try {
            PageReply reply = answer_({resource, request.get_param_value("path")});
            response.status = reply.status;
            if (!reply.file.empty())
                response.set_header("Content-Disposition", fmt::format("attachment; filename=\"{}\"", reply.file));
            response.set_content(std::move(reply.body), reply.type);
        } catch (const std::exception& error) {
            refuse(response, 500, error.what());
        }
    }

    // The library ignores SIGPIPE for the whole program.
    void (*before_)(int) = std::signal(SIGPIPE, SIG_IGN);
    std::string token_;
    Answer answer_;
    httplib::Server server_;
    int port_ = 0;
    std::atomic<bool> ended_{false};
    std::thread thread_;
};

PageServer::PageServer(std::uint16_t port, Answer answer)
    : server_(std::make_unique<Server>(port, std::move(answer))) {}

PageServer::~PageServer() = default;

std::string PageServer::address() const {
    return server_->address();
}

}  // namespace vmacheck
