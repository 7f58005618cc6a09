from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "qadam.messaging"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from qadam.messaging.providers import add_own_providers

        add_own_providers()
