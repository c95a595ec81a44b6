#include "adapters/redis/script.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::redis {

Script::Script(std::string text) : text_(std::move(text)) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  if (EVP_Digest(text_.data(), text_.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
    throw Error(500, "SHA-1, which Redis names scripts by, is not available in this OpenSSL");
  sha1_ = hex({reinterpret_cast<const char*>(digest.data()), size});
}

}  // namespace flotilla::redis
