#include "adapters/rabbitmq/connection.hpp"

#include <amqp_tcp_socket.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

namespace flotilla::rabbitmq {

namespace {

using cluster::Unavailable;
using Why = Unavailable::Why;

constexpr int kFrameBytesMax = 131'072;
constexpr std::uint16_t kAccessRefused = 403;
/// Messages and acknowledgements in one packet, at most.
constexpr int kTogether = 32;
/// Between the queue's name and a number: a consumer tag.
constexpr char kTagMark = '#';

timeval timeval_of(std::chrono::milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000), static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

/// The code and text of a connection or channel that the broker has closed.
std::pair<int, std::string> closed_reason(const amqp_method_t& method) {
  if (method.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_connection_close_t*>(method.decoded);
    return {close->reply_code, text_of(close->reply_text)};
  }
  if (method.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto* close = static_cast<const amqp_channel_close_t*>(method.decoded);
    return {close->reply_code, text_of(close->reply_text)};
  }
  return {0, fmt::format("unexpected method {:#x}", method.id)};
}

}  // namespace

amqp_bytes_t bytes_of(std::string_view text) {
  // The library takes void* but does not write through it.
  return {text.size(), const_cast<char*>(text.data())};
}

std::string text_of(amqp_bytes_t bytes) { return {static_cast<const char*>(bytes.bytes), bytes.len}; }

Connection::Connection(RabbitOptions options, Listener listener)
    : options_(std::move(options)), listener_(std::move(listener)) {}

Connection::~Connection() { close(); }

void Connection::open() {
  if (state_) return;
  std::string url = options_.url;  // parsed in place
  amqp_connection_info parsed{};
  amqp_default_connection_info(&parsed);
  if (amqp_parse_url(url.data(), &parsed) != AMQP_STATUS_OK || parsed.ssl)
    throw Unavailable(Why::refused, "RabbitMQ (" + options_.variable + ")",
                      parsed.ssl ? "amqps:// is not supported, use amqp://" : "the URL cannot be read");
  ++generation_;
  published_ = 0;
  prefetch_ = 0;
  held_back_ = 0;
  declared_.clear();
  exchanges_.clear();
  consumers_.clear();
  state_ = amqp_new_connection();
  timeval connect = timeval_of(options_.connect_timeout), rpc = timeval_of(options_.rpc_timeout);
  amqp_set_handshake_timeout(state_, &connect);
  amqp_set_rpc_timeout(state_, &rpc);
  amqp_socket_t* socket = amqp_tcp_socket_new(state_);
  check(amqp_socket_open_noblock(socket, parsed.host, parsed.port, &connect), "connect");
  // A broker that is stopped but not gone must not hold a send for ever.
  const unsigned give_up = static_cast<unsigned>(options_.rpc_timeout.count());
  ::setsockopt(amqp_get_sockfd(state_), IPPROTO_TCP, TCP_USER_TIMEOUT, &give_up, sizeof give_up);
  // By the letter of the URI scheme "amqp://host/" names a virtual host without a name, which nobody has.
  const char* vhost = *parsed.vhost ? parsed.vhost : "/";
  check(amqp_login(state_, vhost, 0, kFrameBytesMax, options_.heartbeat_s, AMQP_SASL_METHOD_PLAIN,
                   parsed.user, parsed.password),
        "sign in");
  for (amqp_channel_t channel : {kConsume, kPublish}) {
    amqp_channel_open(state_, channel);
    check(amqp_get_rpc_reply(state_), "open a channel");
  }
  amqp_confirm_select(state_, kPublish);
  check(amqp_get_rpc_reply(state_), "ask for publisher confirms");
}

void Connection::close() noexcept {
  if (!state_) return;
  // Without amqp_connection_close: it would wait for a broker that may not answer, and the broker gives
  // unacknowledged messages to others as soon as the socket is closed.
  amqp_destroy_connection(std::exchange(state_, nullptr));
}

int Connection::socket() const { return state_ ? amqp_get_sockfd(state_) : -1; }

void Connection::declare(const std::string& queue, const std::map<std::string, std::string>& text_arguments,
                         const std::map<std::string, std::int64_t>& number_arguments) {
  if (declared_.contains(queue)) return;
  let_go();
  std::vector<amqp_table_entry_t> entries;
  for (const auto& [key, value] : text_arguments) {
    amqp_table_entry_t entry{bytes_of(key), {}};
    entry.value.kind = AMQP_FIELD_KIND_UTF8;
    entry.value.value.bytes = bytes_of(value);
    entries.push_back(entry);
  }
  for (const auto& [key, value] : number_arguments) {
    amqp_table_entry_t entry{bytes_of(key), {}};
    entry.value.kind = AMQP_FIELD_KIND_I64;
    entry.value.value.i64 = value;
    entries.push_back(entry);
  }
  const amqp_table_t table{static_cast<int>(entries.size()), entries.data()};
  amqp_queue_declare(state_, kPublish, bytes_of(queue), false, true, false, false, table);
  check(amqp_get_rpc_reply(state_), "declare a queue");
  declared_.insert(queue);
}

void Connection::declare_fanout(const std::string& exchange, const std::string& queue) {
  if (exchanges_.contains(exchange)) return;
  let_go();
  amqp_exchange_declare(state_, kPublish, bytes_of(exchange), bytes_of("fanout"), false, true, false, false,
                        amqp_empty_table);
  check(amqp_get_rpc_reply(state_), "declare an exchange");
  amqp_queue_bind(state_, kPublish, bytes_of(queue), bytes_of(exchange), amqp_empty_bytes, amqp_empty_table);
  check(amqp_get_rpc_reply(state_), "bind a queue");
  exchanges_.insert(exchange);
}

std::uint32_t Connection::ready_messages(const std::string& queue) {
  let_go();
  const amqp_queue_declare_ok_t* found =
      amqp_queue_declare(state_, kConsume, bytes_of(queue), true, true, false, false, amqp_empty_table);
  check(amqp_get_rpc_reply(state_), "look at a queue");
  return found->message_count;
}

void Connection::consume(const std::string& queue, std::uint16_t prefetch, bool exclusive) {
  let_go();
  if (prefetch != prefetch_) {
    amqp_basic_qos(state_, kConsume, 0, prefetch, false);
    check(amqp_get_rpc_reply(state_), "set the prefetch");
    prefetch_ = prefetch;
  }
  // A name of its own each time: a consumer that comes back under an old name has the messages that are still
  // held counted against its prefetch.
  std::string& tag = consumers_[queue];
  tag = fmt::format("{}{}{}", queue, kTagMark, ++consumed_);
  amqp_basic_consume(state_, kConsume, bytes_of(queue), bytes_of(tag), false, false, exclusive,
                     amqp_empty_table);
  check(amqp_get_rpc_reply(state_), "consume");
}

void Connection::cancel(const std::string& queue) {
  let_go();
  const std::string& tag = consumers_.at(queue);
  amqp_basic_cancel(state_, kConsume, bytes_of(tag));
  check(amqp_get_rpc_reply(state_), "stop consuming");
}

void Connection::ack(std::uint64_t tag, bool multiple) {
  hold_back();
  check(amqp_basic_ack(state_, kConsume, tag, multiple), "acknowledge");
}

void Connection::reject(std::uint64_t tag, bool requeue) {
  hold_back();
  check(amqp_basic_reject(state_, kConsume, tag, requeue), "reject");
}

std::uint64_t Connection::publish(const Address& address, const amqp_basic_properties_t& properties,
                                  std::string_view body) {
  hold_back();
  check(amqp_basic_publish(state_, kPublish, bytes_of(address.exchange), bytes_of(address.routing_key), true,
                           false, &properties, bytes_of(body)),
        "publish");
  return ++published_;
}

/// Small frames that follow each other go in one packet: for each packet the broker wakes up. But it is not
/// left without work for long.
void Connection::hold_back() {
  if (held_back_ >= kTogether) let_go();
  if (held_back_++ > 0) return;
  const int on = 1;
  ::setsockopt(amqp_get_sockfd(state_), IPPROTO_TCP, TCP_CORK, &on, sizeof on);
}

void Connection::let_go() {
  if (std::exchange(held_back_, 0) == 0) return;
  const int off = 0;
  ::setsockopt(amqp_get_sockfd(state_), IPPROTO_TCP, TCP_CORK, &off, sizeof off);
}

bool Connection::pump(std::chrono::milliseconds wait) {
  let_go();
  bool any = false;
  for (;;) {
    amqp_frame_t frame;
    timeval time = timeval_of(any ? std::chrono::milliseconds{0} : wait);
    const int status = amqp_simple_wait_frame_noblock(state_, &frame, &time);
    if (status == AMQP_STATUS_TIMEOUT) break;
    check(status, "read");
    any = true;
    handle(frame);
  }
  amqp_maybe_release_buffers(state_);
  return any;
}

void Connection::handle(const amqp_frame_t& frame) {
  if (frame.frame_type != AMQP_FRAME_METHOD) return;
  const amqp_method_t& method = frame.payload.method;
  switch (method.id) {
    case AMQP_BASIC_DELIVER_METHOD:
      return deliver(frame);
    case AMQP_BASIC_ACK_METHOD: {
      const auto* ack = static_cast<const amqp_basic_ack_t*>(method.decoded);
      // A returned message is confirmed as well, right after its return.
      const bool taken = std::exchange(returned_, 0) == 0;
      return listener_.on_confirmed(ack->delivery_tag, ack->multiple, taken);
    }
    case AMQP_BASIC_NACK_METHOD: {
      const auto* nack = static_cast<const amqp_basic_nack_t*>(method.decoded);
      return listener_.on_confirmed(nack->delivery_tag, nack->multiple, false);
    }
    case AMQP_BASIC_RETURN_METHOD: {
      amqp_message_t message;
      check(amqp_read_message(state_, frame.channel, &message, 0), "read a returned message");
      amqp_destroy_message(&message);
      ++returned_;
      // Somebody has deleted a queue: it is made again before the next try.
      declared_.clear();
      exchanges_.clear();
      return;
    }
    case AMQP_CHANNEL_CLOSE_METHOD:
    case AMQP_CONNECTION_CLOSE_METHOD: {
      const auto [code, reason] = closed_reason(method);
      fail(code == kAccessRefused ? Why::auth : Why::network, "read", fmt::format("{} {}", code, reason));
    }
    case AMQP_BASIC_CANCEL_METHOD:
      fail(Why::network, "consume", "the broker cancelled the consumer");
    default:
      return;
  }
}

void Connection::deliver(const amqp_frame_t& frame) {
  const auto* method = static_cast<const amqp_basic_deliver_t*>(frame.payload.method.decoded);
  // The message that is read next takes the place of the method in the library's memory.
  const std::string consumer = text_of(method->consumer_tag);
  Delivered delivered{
      method->delivery_tag, std::string_view(consumer).substr(0, consumer.rfind(kTagMark)), {}};
  check(amqp_read_message(state_, frame.channel, &delivered.message, 0), "read a message");
  try {
    listener_.on_delivered(delivered);
  } catch (...) {
    amqp_destroy_message(&delivered.message);
    throw;
  }
  amqp_destroy_message(&delivered.message);
}

std::string Connection::server_version() {
  const amqp_table_t* properties = amqp_get_server_properties(state_);
  for (int i = 0; properties && i < properties->num_entries; ++i)
    if (text_of(properties->entries[i].key) == "version")
      return text_of(properties->entries[i].value.value.bytes);
  return "unknown";
}

void Connection::check(amqp_rpc_reply_t reply, std::string_view doing) {
  switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
      return;
    case AMQP_RESPONSE_LIBRARY_EXCEPTION:
      // RabbitMQ answers a wrong password with a close that old versions of the protocol do not have: the
      // socket just ends during the sign-in.
      if (doing == "sign in" && reply.library_error == AMQP_STATUS_CONNECTION_CLOSED)
        fail(Why::auth, doing, "the broker closed the connection: user or password is wrong");
      return check(reply.library_error, doing);
    case AMQP_RESPONSE_SERVER_EXCEPTION: {
      const auto [code, reason] = closed_reason(reply.reply);
      fail(code == kAccessRefused ? Why::auth : Why::refused, doing, fmt::format("{} {}", code, reason));
    }
    case AMQP_RESPONSE_NONE:
      fail(Why::network, doing, "the broker ended the connection");
  }
}

void Connection::check(int status, std::string_view doing) {
  if (status == AMQP_STATUS_OK) return;
  const bool late = status == AMQP_STATUS_TIMEOUT || status == AMQP_STATUS_HEARTBEAT_TIMEOUT;
  fail(late ? Why::timeout : Why::network, doing, amqp_error_string2(status));
}

void Connection::fail(Why why, std::string_view doing, std::string_view reason) {
  const std::string text = fmt::format("cannot {}: {}", doing, reason);
  close();
  throw Unavailable(why, "RabbitMQ (" + options_.variable + ")", text);
}

}  // namespace flotilla::rabbitmq
