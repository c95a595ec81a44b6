#include "raw_rabbitmq.hpp"

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <stdexcept>
#include <thread>

#include "measure.hpp"
#include "queue_run.hpp"
#include "world.hpp"

namespace flotilla::bench {
namespace {

amqp_bytes_t bytes(const std::string& text) { return {text.size(), const_cast<char*>(text.data())}; }

void check(int status) {
  if (status != AMQP_STATUS_OK)
    throw std::runtime_error(std::string("rabbitmq-c: ") + amqp_error_string2(status));
}

class Client {
 public:
  explicit Client(std::string url) : state_(amqp_new_connection()) {
    amqp_connection_info parsed{};
    amqp_default_connection_info(&parsed);
    check(amqp_parse_url(url.data(), &parsed));
    check(amqp_socket_open(amqp_tcp_socket_new(state_), parsed.host, parsed.port));
    const char* vhost = *parsed.vhost ? parsed.vhost : "/";
    good(amqp_login(state_, vhost, 0, 131'072, 0, AMQP_SASL_METHOD_PLAIN, parsed.user, parsed.password));
    amqp_channel_open(state_, 1);
    good(amqp_get_rpc_reply(state_));
  }
  ~Client() { amqp_destroy_connection(state_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  amqp_connection_state_t get() const { return state_; }
  void good() const { good(amqp_get_rpc_reply(state_)); }
  /// Waits for a frame when `wait`; false when there is none.
  bool next(amqp_frame_t& frame, bool wait) const {
    timeval limit{wait ? 30 : 0, 0};
    const int status = amqp_simple_wait_frame_noblock(state_, &frame, &limit);
    if (status == AMQP_STATUS_TIMEOUT && !wait) return false;
    check(status);
    return true;
  }

 private:
  static void good(amqp_rpc_reply_t reply) {
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) throw std::runtime_error("rabbitmq-c: the broker said no");
  }
  amqp_connection_state_t state_;
};

/// Keeps `window` messages unconfirmed.
void publish(const Client& client, const std::string& queue, std::size_t count, std::size_t window) {
  amqp_confirm_select(client.get(), 1);
  client.good();
  const std::string key = "flotilla",
                    meta = R"({"timeout":15000,"maxRetries":0,"publishedAt":1700000000000})";
  const std::string kind = "application/json";
  amqp_table_entry_t header{bytes(key), {}};
  header.value.kind = AMQP_FIELD_KIND_UTF8;
  header.value.value.bytes = bytes(meta);
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_HEADERS_FLAG |
                      AMQP_BASIC_CONTENT_TYPE_FLAG;
  properties.delivery_mode = 2;
  properties.content_type = bytes(kind);
  properties.headers = {1, &header};
  std::uint64_t sent = 0;
  std::set<std::uint64_t> open;
  while (sent < count || !open.empty()) {
    for (; sent < count && open.size() < window; open.insert(++sent)) {
      const std::string body = body_of(sent), id = queue + "." + std::to_string(sent);
      properties.message_id = bytes(id);
      check(amqp_basic_publish(client.get(), 1, amqp_empty_bytes, bytes(queue), true, false, &properties,
                               bytes(body)));
    }
    amqp_frame_t frame;
    for (bool wait = true; client.next(frame, wait); wait = false) {
      if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
        throw std::runtime_error("rabbitmq-c: a message was not confirmed");
      const auto* ack = static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded);
      if (ack->multiple)
        open.erase(open.begin(), open.upper_bound(ack->delivery_tag));
      else
        open.erase(ack->delivery_tag);
    }
    amqp_maybe_release_buffers(client.get());
  }
}

void consume(const Client& client, const std::string& queue, std::size_t count, std::size_t window) {
  amqp_basic_qos(client.get(), 1, 0, static_cast<std::uint16_t>(window), false);
  client.good();
  amqp_basic_consume(client.get(), 1, bytes(queue), amqp_empty_bytes, false, false, false, amqp_empty_table);
  client.good();
  std::size_t taken = 0, acknowledged = 0;
  while (acknowledged < count) {
    amqp_frame_t frame;
    std::uint64_t last = 0;
    for (bool wait = true; client.next(frame, wait); wait = false) {
      if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_DELIVER_METHOD)
        throw std::runtime_error("rabbitmq-c: no delivery");
      last = static_cast<const amqp_basic_deliver_t*>(frame.payload.method.decoded)->delivery_tag;
      amqp_message_t message;
      if (amqp_read_message(client.get(), 1, &message, 0).reply_type != AMQP_RESPONSE_NORMAL)
        throw std::runtime_error("rabbitmq-c: a message was cut short");
      amqp_destroy_message(&message);
      if (++taken - acknowledged >= window / 2) break;
    }
    check(amqp_basic_ack(client.get(), 1, last, true));
    acknowledged = taken;
    amqp_maybe_release_buffers(client.get());
  }
}

}  // namespace

double raw_rabbitmq_queue(const std::string& url, std::size_t count, std::size_t window) {
  const Client publisher(url), consumer(url);
  const std::string queue = "raw:" + fresh_name(), kind = "x-queue-type", quorum = "quorum";
  amqp_table_entry_t entry{bytes(kind), {}};
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = bytes(quorum);
  amqp_queue_declare(publisher.get(), 1, bytes(queue), false, true, false, false, {1, &entry});
  publisher.good();
  std::exception_ptr failure;
  const Stopwatch watch;
  std::jthread reader([&] {
    try {
      consume(consumer, queue, count, window);
    } catch (...) {
      failure = std::current_exception();
    }
  });
  publish(publisher, queue, count, window);
  reader.join();
  const double seconds = watch.seconds();
  if (failure) std::rethrow_exception(failure);
  amqp_queue_delete(publisher.get(), 1, bytes(queue), false, false);
  publisher.good();
  return static_cast<double>(count) / seconds;
}

}  // namespace flotilla::bench
