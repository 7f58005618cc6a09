"""Gather the touchpoints that stages held themselves into one catalogue for each version, rows and document alike."""

from django.db import migrations

DEFINED = ("name", "channel", "initiator", "event_types")


def gather(apps, schema_editor):
    MapVersion = apps.get_model("maps", "MapVersion")
    for version in MapVersion.objects.all():
        _gather_rows(apps, version)
        version.document = _gathered(version.document)
        version.save(update_fields=["document"])


def _gather_rows(apps, version):
    Touchpoint = apps.get_model("maps", "Touchpoint")
    catalogue = {}
    for use in apps.get_model("maps", "StageTouchpoint").objects.filter(stage__version=version).order_by("id"):
        if use.code not in catalogue:
            fields = {name: getattr(use, name) for name in DEFINED}
            catalogue[use.code] = Touchpoint.objects.create(version=version, code=use.code, **fields)
        use.touchpoint = catalogue[use.code]
        use.save(update_fields=["touchpoint"])


def _gathered(document):
    catalogue, stages = {}, []
    for stage in document.get("stages", []):
        uses = []
        for each in stage.get("touchpoints", []):
            catalogue.setdefault(each["code"], {"code": each["code"]} | {k: each[k] for k in DEFINED if k in each})
            uses.append({key: value for key, value in each.items() if key not in DEFINED})
        stages.append(stage | ({"touchpoints": uses} if uses else {}))
    return document | {"touchpoints": list(catalogue.values()), "stages": stages}


class Migration(migrations.Migration):
    dependencies = [("maps", "0002_live_map")]

    operations = [migrations.RunPython(gather, migrations.RunPython.noop)]
