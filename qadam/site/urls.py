"""Every address of the site. Each door brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from qadam.office.board_urls import share_urls
from qadam.site import sign_in

urlpatterns: list[URLPattern | URLResolver] = [
    path("", sign_in.start, name="start"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/demo/", sign_in.sign_in_as_demo, name="sign_in_as_demo"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("language/", sign_in.choose_language, name="set_language"),
    path("", include("qadam.cabinet.urls")),
    path("desk/", include("qadam.desk.urls")),
    path("office/", include("qadam.office.urls")),
    path("share/", include(share_urls)),
    path("v1/", include("qadam.api.urls")),
]
