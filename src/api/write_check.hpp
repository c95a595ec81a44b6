#pragma once

#include "api/context.hpp"
#include "api/rights.hpp"
#include "data/write/write_scope.hpp"

/// What a request may write of records that hang on the one it is about.
namespace flotilla::api {

/// True for associations that say who has which role.
bool assigns_roles(const data::Schema& schema, const data::Field& association);

/// Whether the caller may say who has which role.
bool may_assign_roles(const Context& context);

/// Nobody is made root through the API, whoever asks. Throws Error 403.
void refuse_root_grants(const Context& context);

/// The answer of a write shows records that its values link: asks `rights` for a view of their collections.
void view_linked(Rights& rights, const data::Collection& target, const Json& values);

/// Settles, before the transaction, what check_nested() will need: the rules on records that the values may
/// change. For create, update and their relatives; does nothing for other actions.
Task<void> prepare_write_check(Context& context, Rights& rights, const data::Collection& target);

/// Cuts nested values to what the roles may do with their targets. An association that is not named in
/// updateAssociationValues keeps keys only; in one that is, existing records are changed where update is
/// granted and the record is in its scope (else linked only), new ones are made where create is granted (else
/// left out). `writable`: what the grant on the record itself lists; absent: everything. In the transaction
/// of the write. Does nothing when the permit asks for no pruning.
Task<void> check_nested(const Context& context, data::Session& session, const data::WriteScope& scope,
                        const data::Collection& target, Json& values,
                        const std::optional<NameList>& writable);

}  // namespace flotilla::api
