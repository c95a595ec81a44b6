#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/redis/reply_reader.hpp"
#include "lib/cpp/loop.hpp"

namespace flotilla::redis {

/// Speaks RESP2 and answers what a test says: for servers that this machine does not have, and for broken
/// ones.
class ScriptedServer {
 public:
  using Args = std::vector<std::string>;
  /// The bytes of the answer; empty: none, ever.
  using Answer = std::function<std::string(const Args&)>;

  explicit ScriptedServer(Answer answer)
      : answer_(std::move(answer)),
        acceptor_(loop_.context(), {boost::asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()) {
    boost::asio::post(loop_.context(), [this] { accept(); });
  }
  ~ScriptedServer() {
    std::promise<void> done;
    boost::asio::post(loop_.context(), [&] {
      acceptor_.close();
      for (const auto& weak : peers_)
        if (const auto peer = weak.lock()) peer->socket.close();
      done.set_value();
    });
    done.get_future().get();
  }

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_); }
  std::vector<Args> seen() const {
    std::lock_guard lock(mutex_);
    return seen_;
  }

  /// What every server answers while a connection is set up.
  static std::optional<std::string> handshake(const Args& args) {
    if (args[0] == "CLIENT") return "+OK\r\n";
    if (args[0] == "PING") return "+PONG\r\n";
    const std::string info = "redis_version:8.0.0\r\nrun_id:scripted\r\nmaxmemory_policy:noeviction\r\n";
    if (args[0] == "INFO") return "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n";
    return std::nullopt;
  }

 private:
  struct Peer {
    explicit Peer(boost::asio::io_context& context) : socket(context) {}
    boost::asio::ip::tcp::socket socket;
    ReplyReader reader;
    std::array<char, 4096> bytes;
  };

  void accept() {
    auto peer = std::make_shared<Peer>(loop_.context());
    acceptor_.async_accept(peer->socket, [this, peer](boost::system::error_code error) {
      if (error) return;
      peers_.push_back(peer);
      read(peer);
      accept();
    });
  }
  void read(const std::shared_ptr<Peer>& peer) {
    peer->socket.async_read_some(boost::asio::buffer(peer->bytes),
                                 [this, peer](boost::system::error_code error, std::size_t size) {
                                   if (error) return;
                                   peer->reader.feed(peer->bytes.data(), size);
                                   std::string out;
                                   while (auto command = peer->reader.next()) out += answer(*command);
                                   if (!out.empty())
                                     boost::asio::write(peer->socket, boost::asio::buffer(out), error);
                                   read(peer);
                                 });
  }
  std::string answer(const Reply& command) {
    Args args;
    for (const Reply& arg : command.items()) args.push_back(arg.text());
    {
      std::lock_guard lock(mutex_);
      seen_.push_back(args);
    }
    return answer_(args);
  }

  Answer answer_;
  mutable std::mutex mutex_;
  std::vector<Args> seen_;
  std::vector<std::weak_ptr<Peer>> peers_;
  test::Loop loop_;  // ends before what its handlers use
  boost::asio::ip::tcp::acceptor acceptor_;
  int port_;
};

}  // namespace flotilla::redis
