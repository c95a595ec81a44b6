#pragma once

#include <amqp.h>

#include <string>
#include <vector>

#include "cluster/queue/message.hpp"

namespace flotilla::rabbitmq {

/// The reason of a dead letter that was abandoned more than kAbandonedMax times.
inline constexpr const char* kAbandoned = "its consumers vanished too often";

/// What travels with the body of a message.
struct Envelope {
  cluster::QueueMessage message;
  int retried = 0;
  UnixMs due_at{};     ///< not to be processed before
  int abandoned = 0;   ///< deliveries that were not settled: of this copy and of those before it
  std::string reason;  ///< of a dead letter, as the broker has it
  UnixMs died_at{};
};

/// AMQP properties for an envelope. Owns the memory that they point to: keep it until they are sent.
class Properties {
 public:
  explicit Properties(const Envelope& envelope);
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;
  const amqp_basic_properties_t& get() const { return properties_; }

 private:
  std::string id_, meta_;
  amqp_table_entry_t header_{};
  amqp_basic_properties_t properties_{};
};

/// Properties of a note that says why a message died: see DeadLetters.
class NoteProperties {
 public:
  explicit NoteProperties(std::string id);
  NoteProperties(const NoteProperties&) = delete;
  NoteProperties& operator=(const NoteProperties&) = delete;
  const amqp_basic_properties_t& get() const { return properties_; }

 private:
  std::string id_;
  amqp_basic_properties_t properties_{};
};

/// Reason and time of death, for the note; and back.
std::string note_body(const Envelope& dead);
void read_note(const amqp_message_t& message, Envelope& out);
bool is_note(const amqp_message_t& message);
std::string message_id(const amqp_message_t& message);

/// A message that somebody else has put into the queue has default options.
Envelope decode(const amqp_message_t& message, std::string_view channel);

}  // namespace flotilla::rabbitmq
