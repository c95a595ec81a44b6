#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "auth/server_scope.hpp"
#include "runtime/cancellation.hpp"

namespace flotilla::auth {

/// Something that is written down about who did what.
struct AuditEntry {
  std::string type;        ///< create, update, destroy; signIn, signInFailed, signOut, refused, lost
  std::string collection;  ///< of the record, else empty
  Json key;                ///< of the record; null: none, or rows that a condition chose
  JsonObject changes;      ///< what was stored, or what else is to be said; without secrets
};

struct AuditSettings {
  bool on = true;
  std::chrono::milliseconds keep{};  ///< older rows are removed; 0: kept for ever
};

/// The collection auditLogs: who did what to which record, when and from where. Thread-safe.
///
/// Changes of records are written in the transaction that makes them: what is committed is written down, also
/// when the process is killed a moment later. What belongs to no transaction (a refused request, a failed
/// sign-in) waits in a buffer for at most kFlushPause: a killed process takes those with it; when the buffer
/// is full they are counted, and the number is written down.
class AuditLog final : public data::ChangeWatcher {
 public:
  static constexpr std::chrono::milliseconds kFlushPause{200};
  static constexpr std::size_t kBufferMax = 10'000;  ///< entries
  static constexpr std::size_t kTextMax = 1'000;     ///< characters of one value
  static constexpr std::chrono::minutes kSweepPause{60};

  AuditLog(AuditSettings settings, data::Database& database, const data::Model& model, Random& random,
           const data::IdSource& next_id, const Clock& clock);

  bool on() const { return settings_.on; }

  Task<void> before_commit(data::Session& session, const data::ChangeLog& changes) override;
  /// In the transaction of what is written down.
  Task<void> write(data::Session& session, const data::Origin& origin,
                   const std::vector<AuditEntry>& entries);
  /// For what belongs to no transaction. Does not block.
  void note(const data::Origin& origin, AuditEntry entry);

  /// Writes what was noted and removes what is too old, until `stopping`; at the end the buffer is empty, or
  /// the log says what was lost.
  Task<void> run(Cancellation stopping);

 private:
  struct Noted {
    data::Origin origin;
    AuditEntry entry;
    UnixMs at;
  };
  using Row = std::vector<data::Param>;

  Row row(const ServerScope& server, const data::Origin& origin, const AuditEntry& entry, UnixMs at,
          std::size_t number) const;
  Task<void> insert(data::Session& session, const ServerScope& server, std::vector<Row> rows) const;
  Task<bool> flush();
  Task<void> sweep();

  const AuditSettings settings_;
  data::Database& database_;
  const data::Model& model_;
  Random& random_;
  const data::IdSource& next_id_;
  const Clock& clock_;
  std::mutex mutex_;
  std::deque<Noted> noted_;
  std::uint64_t dropped_ = 0;
};

}  // namespace flotilla::auth
