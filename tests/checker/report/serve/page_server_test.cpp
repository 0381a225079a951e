// The server of pages: who gets an answer, and that nonsense and crowds do not end it.
#include "checker/report/serve/page_server.hpp"

#include "tests/checker/report/serve/http.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>
#include <vector>

namespace vmacheck {
namespace {

PageReply echo(const PageRequest& request) {
    if (request.resource == "throw") throw std::runtime_error("what went wrong");
    if (request.resource == "file") return {200, "application/jsonl", "bytes", "name.jsonl"};
    return {200, "text/plain", request.resource + "|" + request.path, {}};
}

TEST(PageServer, AnswersBelowItsTokenAlone) {
    const PageServer server(0, echo);
    const Address address(server.address());
    ASSERT_EQ(address.path.size(), 34u) << "32 hexadecimal digits between two slashes";
    EXPECT_EQ(get(address, "").body, "|");
    EXPECT_EQ(get(address, "state?path=1,2").body, "state|1,2");
    EXPECT_EQ(get(address, "state?path=1%2C2").body, "state|1,2");
    std::string wrong = address.path;
    wrong[5] = wrong[5] == '0' ? '1' : '0';
    for (const std::string& target :
         {std::string("/"), std::string("/state"), wrong, wrong + "state", address.path.substr(0, 33),
          address.path.substr(0, 20) + "/", std::string("//"), "/x" + address.path})
        EXPECT_EQ(request(address, target, address.host()).status, 404) << target;
}

TEST(PageServer, HasAnotherTokenEachTime) {
    std::set<std::string> tokens;
    for (int i = 0; i < 20; ++i) tokens.insert(Address(PageServer(0, echo).address()).path);
    EXPECT_EQ(tokens.size(), 20u);
}

TEST(PageServer, RefusesOtherHosts) {
    const PageServer server(0, echo);
    const Address address(server.address());
    const std::string port = std::to_string(address.port);
    EXPECT_EQ(request(address, address.path, "localhost:" + port).status, 200);
    for (const std::string& host : {std::string("example.org"), "example.org:" + port, std::string("127.0.0.1"),
                                    std::string("127.0.0.1:1"), "127.0.0.1:" + port + ".example.org", std::string()})
        EXPECT_EQ(request(address, address.path, host).status, 403) << host;
    const std::string twice = "Host: " + address.host() + "\r\nHost: example.org\r\n";
    EXPECT_EQ(send_bytes(address, "GET " + address.path + " HTTP/1.1\r\n" + twice + "Connection: close\r\n\r\n").status,
              403);
    EXPECT_EQ(send_bytes(address, "GET " + address.path + " HTTP/1.1\r\nConnection: close\r\n\r\n").status, 403);
}

TEST(PageServer, SaysWhatIsWrong) {
    const PageServer server(0, echo);
    const Address address(server.address());
    const HttpReply thrown = get(address, "throw");
    EXPECT_EQ(thrown.status, 500);
    EXPECT_EQ(thrown.body, "what went wrong\n");
    EXPECT_EQ(request(address, address.path, address.host(), "DELETE").status, 405);
    const HttpReply file = get(address, "file");
    EXPECT_NE(file.head.find("Content-Disposition: attachment; filename=\"name.jsonl\""), std::string::npos)
        << file.head;
    EXPECT_NE(file.head.find("Cache-Control: no-store"), std::string::npos) << file.head;
}

TEST(PageServer, ListensOnThisMachineAlone) {
    const PageServer server(0, echo);
    const Address address(server.address());
    const int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(address.port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);  // 127.0.0.2, which a server on every address would have too
    EXPECT_NE(connect(other, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    close(other);
}

TEST(PageServer, DoesNotShareAPort) {
    const PageServer server(0, echo);
    const Address address(server.address());
    try {
        const PageServer second(address.port, echo);
        FAIL() << "two servers have one port";
    } catch (const std::runtime_error& wrong) {
        EXPECT_EQ(std::string(wrong.what()), "--port " + std::to_string(address.port) +
                                                 ": it cannot be had on 127.0.0.1; choose another, or leave it out");
    }
    EXPECT_EQ(get(address, "").status, 200);
}

TEST(PageServer, SurvivesNonsense) {
    const PageServer server(0, echo);
    const Address address(server.address());
    const std::string end = " HTTP/1.1\r\nHost: " + address.host() + "\r\nConnection: close\r\n";
    const std::string own = "GET " + address.path;
    for (const std::string& bytes :
         {std::string("\r\n\r\n"), std::string("nonsense\r\n\r\n"), std::string(300, '\0') + "\r\n\r\n",
          own + std::string(20000, 'a') + end + "\r\n", "POST " + address.path + end + "Content-Length: 5\r\n\r\nab",
          "GET /../../etc/passwd" + end + "\r\n"})
        EXPECT_NE(send_bytes(address, bytes).status, 200) << bytes.substr(0, 40);
    // These may be answered.
    for (const std::string& bytes :
         {own + "%zz%" + end + "\r\n", own + "?path=%" + end + "\r\n",
          own + end + "X: " + std::string(20000, 'x') + "\r\n\r\n", own + end + "Range: bytes=9-1\r\n\r\n",
          own + end + "Content-Length: 99999999999999999999\r\n\r\n", own + end + "Transfer-Encoding: x\r\n\r\n"})
        send_bytes(address, bytes);
    EXPECT_EQ(get(address, "still").body, "still|");
}

TEST(PageServer, AnswersManyAtATime) {
    const PageServer server(0, echo);
    const Address address(server.address());
    std::atomic<int> answered{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 64; ++i)
        threads.emplace_back([&, i] {
            for (int k = 0; k < 5; ++k)
                if (get(address, "state?path=" + std::to_string(i)).body == "state|" + std::to_string(i)) ++answered;
        });
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(answered, 320);
}

}  // namespace
}  // namespace vmacheck
