#include "adapters/rabbitmq/codec.hpp"

#include <fmt/format.h>

#include <iterator>

#include "adapters/rabbitmq/connection.hpp"
#include "base/json.hpp"

namespace flotilla::rabbitmq {

namespace {

using cluster::Millis;

constexpr std::string_view kMetaHeader = "flotilla";
constexpr std::string_view kNoteType = "flotilla.reason";
constexpr std::uint8_t kPersistent = 2;

std::int64_t ms_of(UnixMs time) { return time.time_since_epoch().count(); }
UnixMs time_of(std::int64_t ms) { return UnixMs{Millis{ms}}; }

/// JSON, written by hand because it is written for each message; what has its default is left out.
std::string meta_of(const Envelope& envelope) {
  const cluster::PublishOptions& options = envelope.message.options;
  std::string out = fmt::format(R"({{"timeout":{},"maxRetries":{},"publishedAt":{})", options.timeout.count(),
                                options.max_retries, ms_of(envelope.message.published_at));
  auto add = [&out](std::string_view key, std::int64_t value) {
    fmt::format_to(std::back_inserter(out), R"(,"{}":{})", key, value);
  };
  if (options.delay > Millis{0}) add("delay", options.delay.count());
  if (options.priority != cluster::Priority::normal) add("priority", static_cast<int>(options.priority));
  if (envelope.retried > 0) add("retried", envelope.retried);
  if (envelope.abandoned > 0) add("abandoned", envelope.abandoned);
  if (envelope.due_at > UnixMs{}) add("dueAt", ms_of(envelope.due_at));
  if (options.dedup_key) out.append(R"(,"dedupKey":)").append(json::dump(Json(*options.dedup_key)));
  return out.append("}");
}

std::int64_t number(const JsonObject& meta, std::string_view key, std::int64_t fallback) {
  const Json* value = json::find(meta, key);
  return value && value->is_int64() ? value->as_int64() : fallback;
}

void read_meta(std::string_view text, Envelope& out) {
  bool ok = false;
  const Json parsed = json::try_parse(text, &ok);
  if (!ok || !parsed.is_object()) return;
  const JsonObject& meta = parsed.as_object();
  cluster::PublishOptions& options = out.message.options;
  options.timeout = Millis{number(meta, "timeout", options.timeout.count())};
  options.max_retries = static_cast<int>(number(meta, "maxRetries", options.max_retries));
  options.delay = Millis{number(meta, "delay", 0)};
  const std::int64_t priority = number(meta, "priority", 1);
  if (priority >= 0 && priority <= 2) options.priority = static_cast<cluster::Priority>(priority);
  out.retried = static_cast<int>(number(meta, "retried", 0));
  out.abandoned += static_cast<int>(number(meta, "abandoned", 0));
  out.message.published_at = time_of(number(meta, "publishedAt", 0));
  out.due_at = time_of(number(meta, "dueAt", 0));
  if (const Json* key = json::find(meta, "dedupKey"); key && key->is_string())
    options.dedup_key = std::string(key->as_string());
}

std::int64_t integer_of(const amqp_field_value_t& value) {
  switch (value.kind) {
    case AMQP_FIELD_KIND_I8:
      return value.value.i8;
    case AMQP_FIELD_KIND_U8:
      return value.value.u8;
    case AMQP_FIELD_KIND_I16:
      return value.value.i16;
    case AMQP_FIELD_KIND_U16:
      return value.value.u16;
    case AMQP_FIELD_KIND_I32:
      return value.value.i32;
    case AMQP_FIELD_KIND_U32:
      return value.value.u32;
    case AMQP_FIELD_KIND_I64:
    case AMQP_FIELD_KIND_TIMESTAMP:
      return value.value.i64;
    case AMQP_FIELD_KIND_U64:
      return static_cast<std::int64_t>(value.value.u64);
    default:
      return 0;
  }
}

/// The newest entry of x-death is the first: {reason, time, queue, count …}.
void read_death(const amqp_field_value_t& value, Envelope& out) {
  if (value.kind != AMQP_FIELD_KIND_ARRAY || value.value.array.num_entries == 0) return;
  const amqp_field_value_t& newest = value.value.array.entries[0];
  if (newest.kind != AMQP_FIELD_KIND_TABLE) return;
  for (int i = 0; i < newest.value.table.num_entries; ++i) {
    const amqp_table_entry_t& entry = newest.value.table.entries[i];
    const std::string key = text_of(entry.key);
    if (key == "reason") out.reason = text_of(entry.value.value.bytes);
    if (key == "time") out.died_at = time_of(integer_of(entry.value) * 1000);
  }
}

}  // namespace

Properties::Properties(const Envelope& envelope) : id_(envelope.message.id), meta_(meta_of(envelope)) {
  header_.key = bytes_of(kMetaHeader);
  header_.value.kind = AMQP_FIELD_KIND_UTF8;
  header_.value.value.bytes = bytes_of(meta_);
  properties_._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_HEADERS_FLAG |
                       AMQP_BASIC_CONTENT_TYPE_FLAG;
  properties_.message_id = bytes_of(id_);
  properties_.delivery_mode = kPersistent;
  properties_.content_type = bytes_of("application/json");
  properties_.headers = {1, &header_};
}

NoteProperties::NoteProperties(std::string id) : id_(std::move(id)) {
  properties_._flags = AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_TYPE_FLAG;
  properties_.message_id = bytes_of(id_);
  properties_.delivery_mode = kPersistent;
  properties_.type = bytes_of(kNoteType);
}

std::string note_body(const Envelope& dead) {
  return json::dump(JsonObject{{"reason", dead.reason}, {"diedAt", ms_of(dead.died_at)}});
}

void read_note(const amqp_message_t& message, Envelope& out) {
  bool ok = false;
  const Json note = json::try_parse(text_of(message.body), &ok);
  if (!ok || !note.is_object()) return;
  out.reason = json::text(note.as_object(), "reason");
  out.died_at = time_of(number(note.as_object(), "diedAt", 0));
}

bool is_note(const amqp_message_t& message) {
  return (message.properties._flags & AMQP_BASIC_TYPE_FLAG) && text_of(message.properties.type) == kNoteType;
}

std::string message_id(const amqp_message_t& message) {
  return (message.properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG) ? text_of(message.properties.message_id)
                                                                  : std::string();
}

Envelope decode(const amqp_message_t& message, std::string_view channel) {
  Envelope out;
  out.message.channel = channel;
  out.message.id = message_id(message);
  out.message.body = text_of(message.body);
  if (!(message.properties._flags & AMQP_BASIC_HEADERS_FLAG)) return out;
  const amqp_table_t& headers = message.properties.headers;
  for (int i = 0; i < headers.num_entries; ++i) {
    const std::string key = text_of(headers.entries[i].key);
    const amqp_field_value_t& value = headers.entries[i].value;
    if (key == kMetaHeader && (value.kind == AMQP_FIELD_KIND_UTF8 || value.kind == AMQP_FIELD_KIND_BYTES))
      read_meta({static_cast<const char*>(value.value.bytes.bytes), value.value.bytes.len}, out);
    if (key == "x-delivery-count") out.abandoned += static_cast<int>(integer_of(value));
    if (key == "x-death") read_death(value, out);
  }
  return out;
}

}  // namespace flotilla::rabbitmq
