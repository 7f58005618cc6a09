from django.urls import path

from qadam.api import views

app_name = "api"
urlpatterns = [
    path("track", views.track, name="track"),
    path("identify", views.identify, name="identify"),
    path("batch", views.batch, name="batch"),
    path("import", views.import_history, name="import"),
]
