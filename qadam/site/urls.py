"""Every address of the site. Each door brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from qadam.office.board_urls import share_urls
from qadam.site import passkey_pages, security, sign_in, sign_in_by_letter

urlpatterns: list[URLPattern | URLResolver] = [
    path("", sign_in.start, name="start"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/demo/", sign_in.sign_in_as_demo, name="sign_in_as_demo"),
    path("sign-in/letter/", sign_in_by_letter.ask_for_letter, name="ask_for_letter"),
    path("sign-in/sent/", sign_in_by_letter.letter_sent, name="letter_sent"),
    path("sign-in/link/<str:token>/", sign_in_by_letter.open_link, name="open_link"),
    path("sign-in/passkey/begin/", passkey_pages.begin_sign_in, name="passkey_begin"),
    path("sign-in/passkey/finish/", passkey_pages.finish_sign_in, name="passkey_finish"),
    path("me/security/", security.show_security, name="security"),
    path("me/security/password/", security.change_password, name="change_password"),
    path("me/security/passkey/begin/", passkey_pages.begin_registration, name="passkey_register"),
    path("me/security/passkey/finish/", passkey_pages.finish_registration, name="passkey_registered"),
    path("me/security/passkey/<int:passkey_id>/remove/", security.remove_passkey, name="remove_passkey"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("language/", sign_in.choose_language, name="set_language"),
    path("", include("qadam.cabinet.urls")),
    path("desk/", include("qadam.desk.urls")),
    path("office/", include("qadam.office.urls")),
    path("share/", include(share_urls)),
    path("v1/", include("qadam.api.urls")),
]
