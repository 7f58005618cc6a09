"""Settings of one installation, from the environment (QADAM_…). Everything has a default that works on a laptop."""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
DATA = Path(os.environ.get("QADAM_DATA", ROOT / "data")).resolve()
DATA.mkdir(parents=True, exist_ok=True)


def _read_secret() -> str:
    """Return the secret of this installation, made at the first start and kept in the data folder."""
    if given := os.environ.get("QADAM_SECRET_KEY"):
        return given
    path = DATA / "secret"
    if not path.exists():
        fresh = DATA / f"secret.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(50))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_text()


def _database() -> dict[str, Any]:
    """SQLite in the data folder, or PostgreSQL from QADAM_DATABASE (postgresql://user:password@host:port/name)."""
    if url := os.environ.get("QADAM_DATABASE"):
        parts = urlsplit(url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": None,
            "CONN_HEALTH_CHECKS": True,
        }
    return {
        "ENGINE": "qadam.jobs.sqlite",
        "NAME": str(DATA / "qadam.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536;"
            " PRAGMA mmap_size=268435456",
        },
    }


def _mail() -> dict[str, Any]:
    """QADAM_SMTP (smtp://user:password@host:port, smtp+tls://… for STARTTLS, smtps://…); none: the local mailbox."""
    parts = urlsplit(os.environ.get("QADAM_SMTP", ""))
    return {
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
    }


SECRET_KEY = _read_secret()
DEBUG = os.environ.get("QADAM_DEBUG") == "1"
BASE_URL = os.environ.get("QADAM_BASE_URL", "http://127.0.0.1:8000")
PRIVATE_WEBHOOKS = os.environ.get("QADAM_PRIVATE_WEBHOOKS") == "1"
"""Whether webhooks may call addresses of the local network."""
ALLOWED_HOSTS = [urlsplit(BASE_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost"]
IS_DEMO = os.environ.get("QADAM_DEMO") == "1"
"""Offers one-click sign-ins as the demo cast. Never on an installation with real people."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "lucide",
    "qadam.jobs",
    "qadam.ui",
    "qadam.events",
    "qadam.people",
    "qadam.conditions",
    "qadam.segments",
    "qadam.experiments",
    "qadam.metrics",
    "qadam.messaging",
    "qadam.tasks",
    "qadam.surveys",
    "qadam.recognition",
    "qadam.community",
    "qadam.journeys",
    "qadam.cases",
    "qadam.maps",
    "qadam.packs",
    "qadam.cabinet",
    "qadam.desk",
    "qadam.office",
    "qadam.api",
    "qadam.site",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "qadam.site.middleware.content_security_policy",
    "qadam.site.middleware.keep_private",
    "qadam.site.middleware.domain_errors",
]
ROOT_URLCONF = "qadam.site.urls"
WSGI_APPLICATION = "qadam.site.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES = {"default": _database()}
AUTH_USER_MODEL = "people.User"
LOGIN_URL = "/sign-in/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "kk"
LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["qadam.site.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA / "files"
"""What people send. Nothing of it has an address of its own: a page gives it out to those who may see it."""
FILE_UPLOAD_PERMISSIONS = 0o600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https:")
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

globals().update(_mail())
MAIL_FROM = os.environ.get("QADAM_MAIL_FROM", "Qadam <noreply@localhost>")
SEGMENTS_FOLDER = DATA / "segments"
