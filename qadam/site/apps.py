from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "qadam.site"
    label = "qadam_site"
