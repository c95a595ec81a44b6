#include "auth/password.hpp"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <vector>

#include "auth/secrets.hpp"
#include "base/error.hpp"
#include "base/strings.hpp"

namespace flotilla::auth {
namespace {

constexpr std::uint64_t kCost = 16384;
constexpr std::uint32_t kBlockSize = 8;
constexpr std::uint32_t kParallelism = 1;
constexpr std::size_t kStoredLengthMax = 1024;

void check_shape(PasswordShape shape) {
  if (shape.length % 2 != 0 || shape.length > kStoredLengthMax || shape.random_bytes == 0 ||
      shape.random_bytes >= shape.length / 2)
    throw std::invalid_argument(
        fmt::format("password field: length {} and randomBytesSize {} do not fit together", shape.length,
                    shape.random_bytes));
}

std::string scrypt_hex(std::string_view password, std::string_view salt, std::size_t key_bytes) {
  struct Free {
    void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
    void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
  };
  // Fetching an algorithm searches all providers: once is enough.
  static const std::unique_ptr<EVP_KDF, Free> kdf(EVP_KDF_fetch(nullptr, "SCRYPT", nullptr));
  if (!kdf) throw std::runtime_error("OpenSSL has no scrypt");
  std::unique_ptr<EVP_KDF_CTX, Free> context(EVP_KDF_CTX_new(kdf.get()));

  std::uint64_t n = kCost;
  std::uint32_t r = kBlockSize, p = kParallelism;
  // OpenSSL takes inputs by pointer to non-const, but does not write to them.
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, const_cast<char*>(password.data()),
                                        password.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<char*>(salt.data()), salt.size()),
      OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
      OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p),
      OSSL_PARAM_construct_end()};
  std::vector<unsigned char> key(key_bytes);
  if (!context || EVP_KDF_derive(context.get(), key.data(), key.size(), params) <= 0)
    throw std::runtime_error("scrypt failed");
  return hex({reinterpret_cast<const char*>(key.data()), key.size()});
}

}  // namespace

std::string hash_password(std::string_view password, Random& random, PasswordShape shape) {
  check_shape(shape);
  if (password.size() > kPasswordBytesMax)
    throw bad_request(fmt::format("password must be at most {} bytes", kPasswordBytesMax));
  std::vector<std::uint8_t> bytes(shape.random_bytes);
  random.fill(bytes);
  std::string salt = hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  return salt + scrypt_hex(password, salt, shape.length / 2 - shape.random_bytes);
}

bool verify_password(std::string_view password, std::string_view stored, PasswordShape shape) {
  check_shape(shape);
  if (stored.size() != shape.length || password.size() > kPasswordBytesMax) return false;
  std::string_view salt = stored.substr(0, shape.random_bytes * 2);
  std::string_view key = stored.substr(salt.size());
  return equal_secrets(scrypt_hex(password, salt, key.size() / 2), key);
}

std::string_view decoy_password_hash() {
  return "00000000000000000000000000000000000000000000000000000000000000ff";
}

}  // namespace flotilla::auth
