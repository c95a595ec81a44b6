#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <memory>
#include <vector>

#include "lib/cpp/loop.hpp"

namespace flotilla::contract {

/// Stands between a client and a server of this machine, and fails as networks do: cuts, or lets nothing
/// through while both sides believe that they are connected.
class TcpRelay {
 public:
  explicit TcpRelay(int server_port)
      : server_(boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(server_port)),
        acceptor_(loop_.context(), Endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    port_ = acceptor_.local_endpoint().port();
    on_loop([this] { accept(); });
  }
  ~TcpRelay() {
    on_loop([this] {
      acceptor_.close();
      drop();
    });
  }

  std::string url() const { return "redis://127.0.0.1:" + std::to_string(port_) + "/0"; }
  /// Ends all connections; new ones may come.
  void cut() {
    on_loop([this] { drop(); });
  }
  /// Nothing gets through, in either direction, and nobody is told; what was sent meanwhile arrives at
  /// thaw().
  void freeze() {
    on_loop([this] { frozen_ = true; });
  }
  void thaw() {
    on_loop([this] {
      frozen_ = false;
      for (const auto& pipe : pipes_) {
        pipe->resume(pipe, *this);
      }
    });
  }

 private:
  using Endpoint = boost::asio::ip::tcp::endpoint;
  using Socket = boost::asio::ip::tcp::socket;
  using Error = boost::system::error_code;

  struct Pipe {
    Pipe(boost::asio::io_context& context) : ends{Socket(context), Socket(context)} {}
    std::array<Socket, 2> ends;
    std::array<std::array<char, 16 * 1024>, 2> bytes;
    std::array<std::size_t, 2> held{};  ///< read from this end while frozen, not yet written to the other

    void close() {
      Error ignored;
      for (Socket& end : ends) end.close(ignored);
    }
    static void read(const std::shared_ptr<Pipe>& self, TcpRelay& relay, std::size_t from) {
      self->ends[from].async_read_some(boost::asio::buffer(self->bytes[from]),
                                       [self, &relay, from](Error error, std::size_t size) {
                                         if (error) return self->close();
                                         if (relay.frozen_)
                                           self->held[from] = size;
                                         else
                                           write(self, relay, from, size);
                                       });
    }
    static void write(const std::shared_ptr<Pipe>& self, TcpRelay& relay, std::size_t from,
                      std::size_t size) {
      boost::asio::async_write(self->ends[1 - from], boost::asio::buffer(self->bytes[from].data(), size),
                               [self, &relay, from](Error error, std::size_t) {
                                 if (error) return self->close();
                                 read(self, relay, from);
                               });
    }
    static void resume(const std::shared_ptr<Pipe>& self, TcpRelay& relay) {
      for (std::size_t from : {0, 1})
        if (const std::size_t size = std::exchange(self->held[from], 0)) write(self, relay, from, size);
    }
  };

  void accept() {
    auto pipe = std::make_shared<Pipe>(loop_.context());
    acceptor_.async_accept(pipe->ends[0], [this, pipe](Error error) {
      if (error) return;
      pipe->ends[1].connect(server_, error);
      if (!error) {
        pipes_.push_back(pipe);
        Pipe::read(pipe, *this, 0);
        Pipe::read(pipe, *this, 1);
      }
      accept();
    });
  }
  void drop() {
    for (const auto& pipe : pipes_) pipe->close();
    pipes_.clear();
  }
  template <class F>
  void on_loop(F action) {
    std::promise<void> done;
    boost::asio::post(loop_.context(), [&] {
      action();
      done.set_value();
    });
    done.get_future().get();
  }

  Endpoint server_;
  std::uint16_t port_ = 0;
  bool frozen_ = false;
  std::vector<std::shared_ptr<Pipe>> pipes_;
  test::Loop loop_;  // ends before what its handlers use
  boost::asio::ip::tcp::acceptor acceptor_;
};

}  // namespace flotilla::contract
