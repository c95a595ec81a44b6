#pragma once

#include <amqp.h>

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cluster/unavailable.hpp"

namespace flotilla::rabbitmq {

struct RabbitOptions {
  std::string url;                                      ///< amqp://user:password@host:port/vhost
  std::string variable = "QUEUE_ADAPTER_RABBITMQ_URL";  ///< what errors call it
  std::chrono::milliseconds connect_timeout{3'000};
  std::chrono::milliseconds rpc_timeout{10'000};
  int heartbeat_s = 10;
};

/// A view of bytes for the library, which does not keep it.
amqp_bytes_t bytes_of(std::string_view text);
std::string text_of(amqp_bytes_t bytes);

/// One AMQP 0-9-1 connection: channel 1 consumes, channel 2 publishes with confirms. Blocking; used by one
/// thread. What goes wrong is thrown as cluster::Unavailable, and the connection is then broken: open() it
/// again.
class Connection {
 public:
  struct Delivered {
    std::uint64_t tag = 0;
    std::string_view queue;  ///< which one it was taken from
    amqp_message_t message{};
  };
  /// Called while frames are read. What a Delivered points to is theirs until `on_delivered` returns.
  struct Listener {
    std::function<void(const Delivered&)> on_delivered;
    /// The broker took (or refused) what was published with these numbers.
    std::function<void(std::uint64_t number, bool multiple, bool taken)> on_confirmed;
  };

  /// Where a message is published: to an exchange, "" for the one that knows all queues by their names.
  struct Address {
    std::string exchange;
    std::string routing_key;
  };

  static constexpr amqp_channel_t kConsume = 1;
  static constexpr amqp_channel_t kPublish = 2;

  Connection(RabbitOptions options, Listener listener);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void open();  ///< does nothing when it is open
  void close() noexcept;
  bool is_open() const { return state_ != nullptr; }
  /// Rises with every open(): delivery tags and publish numbers belong to one generation.
  std::uint64_t generation() const { return generation_; }
  int socket() const;

  /// Makes a durable quorum queue with these arguments, once per generation.
  void declare(const std::string& queue, const std::map<std::string, std::string>& text_arguments,
               const std::map<std::string, std::int64_t>& number_arguments);
  bool has_declared(const std::string& queue) const { return declared_.contains(queue); }
  /// Makes a durable exchange that hands all it gets to `queue`, whatever the routing key.
  void declare_fanout(const std::string& exchange, const std::string& queue);
  std::uint32_t ready_messages(const std::string& queue);
  void consume(const std::string& queue, std::uint16_t prefetch, bool exclusive = false);
  void cancel(const std::string& queue);
  // These three may stay in the system's buffer until the next pump() or question to the broker.
  void ack(std::uint64_t tag, bool multiple);
  void reject(std::uint64_t tag, bool requeue);
  /// Answers the number that on_confirmed tells. A message that no queue takes is refused.
  std::uint64_t publish(const Address& address, const amqp_basic_properties_t& properties,
                        std::string_view body);
  /// Reads what has arrived, waiting for the first frame up to `wait`; serves heartbeats. False when nothing
  /// came.
  bool pump(std::chrono::milliseconds wait);
  std::string server_version();

 private:
  void hold_back();
  void let_go();
  void check(amqp_rpc_reply_t reply, std::string_view doing);
  void check(int status, std::string_view doing);
  [[noreturn]] void fail(cluster::Unavailable::Why why, std::string_view doing, std::string_view reason);
  void handle(const amqp_frame_t& frame);
  void deliver(const amqp_frame_t& frame);

  RabbitOptions options_;
  Listener listener_;
  amqp_connection_state_t state_ = nullptr;
  std::uint64_t generation_ = 0;
  std::uint64_t published_ = 0;
  std::uint64_t returned_ = 0;
  std::uint64_t consumed_ = 0;
  std::uint16_t prefetch_ = 0;  ///< of the consumers that are made from now on
  int held_back_ = 0;           ///< frames
  std::set<std::string> declared_, exchanges_;
  std::map<std::string, std::string> consumers_;  ///< queue to consumer tag
};

}  // namespace flotilla::rabbitmq
