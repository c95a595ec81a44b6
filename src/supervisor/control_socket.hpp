#pragma once

#include <filesystem>
#include <string>

#include "supervisor/descriptor.hpp"

namespace flotilla::supervisor {

/// Where a supervisor is asked: a UNIX socket in a folder that only its user may enter. Paths may be longer
/// than the 107 bytes that an address of such a socket holds; `name` may not.
struct ControlPlace {
  std::filesystem::path folder;
  std::string name;
  std::filesystem::path path() const { return folder / name; }
};

/// <storage>/run/<host>-<port>.sock: several machines may share a storage folder.
ControlPlace control_place(const std::filesystem::path& storage, std::uint16_t port);

/// Makes the folder; takes the place of one that was killed. Throws Error when another supervisor answers
/// there.
Descriptor listen_at(const ControlPlace& place);

/// Empty when nobody listens.
Descriptor connect_to(const ControlPlace& place);

}  // namespace flotilla::supervisor
