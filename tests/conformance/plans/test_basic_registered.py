"""Basic OP with clients that register themselves: the dynamic half of ``oidcc-basic-certification-test-plan``."""

import pytest

from tests.conformance.plans.modules_claims import (
    test_oidcc_claims_essential,
    test_oidcc_ensure_request_with_acr_values_succeeds,
    test_oidcc_scope_address,
    test_oidcc_scope_all,
    test_oidcc_scope_email,
    test_oidcc_scope_phone,
    test_oidcc_scope_profile,
)
from tests.conformance.plans.modules_codes import (
    test_oidcc_codereuse,
    test_oidcc_codereuse_30seconds,
    test_oidcc_refresh_token,
)
from tests.conformance.plans.modules_prompts import (
    test_oidcc_id_token_hint,
    test_oidcc_login_hint,
    test_oidcc_max_age_1,
    test_oidcc_max_age_10000,
    test_oidcc_prompt_login,
    test_oidcc_prompt_none_logged_in,
    test_oidcc_prompt_none_not_logged_in,
)
from tests.conformance.plans.modules_requests import (
    test_oidcc_alternate_happy_flow,
    test_oidcc_claims_locales,
    test_oidcc_display_page,
    test_oidcc_display_popup,
    test_oidcc_ensure_request_object_with_redirect_uri,
    test_oidcc_ensure_request_with_unknown_parameter_succeeds,
    test_oidcc_ensure_request_with_valid_pkce_succeeds,
    test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported,
    test_oidcc_ui_locales,
    test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported,
)
from tests.conformance.plans.modules_responses import (
    test_oidcc_ensure_post_request_succeeds,
    test_oidcc_ensure_registered_redirect_uri,
    test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow,
    test_oidcc_idtoken_signature,
    test_oidcc_idtoken_unsigned,
    test_oidcc_response_type_missing,
    test_oidcc_server,
    test_oidcc_server_client_secret_post,
    test_oidcc_userinfo_get,
    test_oidcc_userinfo_post_body,
    test_oidcc_userinfo_post_header,
)
from tests.conformance.plans.registering import DynamicSuite
from tests.conformance.plans.variant import CODE

VARIANTS = (CODE,)
REGISTRATION = {"token_endpoint_auth_method": "client_secret_basic"}


@pytest.fixture
def suite(registering: DynamicSuite) -> DynamicSuite:
    return registering
